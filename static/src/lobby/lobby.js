/** The lobby inside the room, for those who may admit: who knocks, who waits, what is decided. */

import { announce } from "../lib/announce.js";
import { byId, setText } from "../lib/elements.js";
import { gather } from "../lib/gather.js";
import { counted, text } from "../room/texts.js";
import { openDesk } from "./desk.js";
import { createKnockNote, wordsFor } from "./knock.js";
import { createWaitingList } from "./waiting_list.js";

const GATHER = 1000; // knocks and decisions within this time are said in one sentence
const PATIENCE = 8000; // for a decision to be confirmed

/** Opens the lobby whenever this person may admit, and closes it when they no longer may. */
export function wireLobby({ room, config, rights, signal, panels, banners }) {
  const list = createWaitingList({ locale: config.locale, signal, onDecide: decideOne, onChange: showCount });
  const note = createKnockNote({ signal, onAdmit: (person) => decideOne("admit", person), onSee: see });
  const mine = new Map(); // person's id → this host's decision, until it is confirmed
  let desk = null;
  let isLost = false;

  function update() {
    const may = rights.may("admit");
    if (may && !desk) desk = openDesk(config.host_socket_url, { onMessage, onLost });
    else if (!may && desk) close();
  }

  function close() {
    desk?.close();
    desk = null;
    mine.clear();
    note.clear();
    list.clear();
  }

  // --- What the server says --------------------------------------------------------------------
  function onMessage(message) {
    if (isLost) setText(byId("lobby-problem"), "");
    isLost = false;
    if (message.type === "lobby") replace(message.waiting);
    else if (message.type === "knocked") knocked(message.person);
    else if (message.type === "decided") decided(message);
    else if (message.type === "problem") problem(message.title);
  }

  function replace(waiting) {
    mine.clear();
    const known = new Set(waiting.map(({ id }) => id));
    for (const { id } of list.people()) if (!known.has(id)) note.drop(id);
    list.replace(waiting).forEach(tellOf);
  }

  function knocked(person) {
    mine.delete(person.id);
    if (list.add(person)) tellOf(person);
  }

  function tellOf(person) {
    sayKnock(person);
    if (!panels.isOpen("people")) note.add(person);
  }

  function decided({ id, state, by }) {
    const line = list.of(id);
    if (!line) return;
    const isMine = mine.has(id) && by === room.localParticipant.name;
    const hasLost = mine.has(id) && !isMine;
    mine.delete(id);
    note.drop(id);
    const suffix = by && !isMine ? "_by" : "";
    list.decide(id, text(`was_${state}${suffix}`, { by }));
    const told = text(`told_${state}${suffix}`, { name: line.person.name, by });
    // Somebody else was quicker: said where this host looks.
    if (hasLost) banners.show("lobby", { message: told, seconds: 6 });
    else if (state !== "gone") sayDecision(told);
  }

  /** A command failed: nobody stays marked as decided who is not. */
  function problem(title) {
    banners.show("lobby-problem", { message: title, urgent: true });
    giveBack([...mine.keys()]);
  }

  function onLost() {
    isLost = true;
    giveBack([...mine.keys()]);
    setText(byId("lobby-problem"), text("lobby_lost"));
  }

  function giveBack(ids) {
    for (const id of ids) {
      mine.delete(id);
      list.of(id)?.setState("waiting");
    }
  }

  // --- What this person decides ----------------------------------------------------------------
  function decideOne(what, person) {
    decide({ type: what, people: [person.id] }, what, [person.id]);
  }

  function decide(command, what, ids) {
    if (!desk?.send(command)) {
      banners.show("lobby-problem", { message: text("decision_not_sent"), urgent: true });
      return;
    }
    banners.hide("lobby-problem");
    const decision = {}; // this one, among others on the same person
    for (const id of ids) {
      mine.set(id, decision);
      note.drop(id);
      list.of(id)?.setState("deciding", text(what === "admit" ? "admitting" : "refusing"));
    }
    setTimeout(() => confirm(ids.filter((id) => mine.get(id) === decision)), PATIENCE);
  }

  /** What was not confirmed in time is read again: the list tells the truth. */
  function confirm(ids) {
    if (signal.aborted || !desk || !ids.length) return;
    giveBack(ids);
    banners.show("lobby-problem", { message: text("decision_unknown"), urgent: true });
    desk.refresh();
  }

  // --- What is shown and said ------------------------------------------------------------------
  function showCount() {
    const count = list.people().length;
    const button = byId("lobby-count");
    if (count === 0 && document.activeElement === button) byId("people-count").focus();
    button.hidden = count === 0;
    setText(byId("lobby-count-words"), counted("lobby_count", count));
    setText(byId("lobby-count-number"), count > 99 ? "99+" : String(count));
  }

  function see() {
    panels.open("people");
    byId("lobby").scrollIntoView({ block: "nearest" });
    list.focusFirst();
  }

  const sayKnock = gather((people) => announce(wordsFor(people)), GATHER, signal);
  const sayDecision = gather(
    (told) => announce(told.length > 3 ? text("told_many", { count: told.length }) : told.join(" ")),
    GATHER,
    signal,
  );

  byId("lobby-count").addEventListener("click", see, { signal });
  byId("lobby-admit-all").addEventListener(
    "click",
    () => decide({ type: "admit_all" }, "admit", list.people().map(({ id }) => id)),
    { signal },
  );
  panels.onChange(() => panels.isOpen("people") && note.clear());
  signal.addEventListener("abort", close);
  rights.onChange(update);
  showCount();
  update();
}
