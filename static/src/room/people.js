/** The list of who is here, and words about who comes and goes. */

import { RoomEvent } from "../../vendor/livekit-client.esm.mjs";
import { announce } from "../lib/announce.js";
import { byId, setText } from "../lib/elements.js";
import { gather } from "../lib/gather.js";
import { isHost, nameOf } from "./names.js";
import { createPersonLine } from "./person_line.js";
import { onRoomChange } from "./room_changes.js";
import { counted, text } from "./texts.js";

const GATHER = 1500; // arrivals within this time are said in one sentence

export function listPeople({ room, hands, personMenu, signal, panels }) {
  const list = byId("people-list");
  const lines = new Map(); // identity → {root, update}

  const doings = { placeOf: hands.placeOf, onActions: personMenu.toggle };

  function update() {
    const reconnecting = document.body.dataset.connection === "reconnecting";
    if (reconnecting || !room.localParticipant.identity) return;
    const people = [room.localParticipant, ...inOrder(room.remoteParticipants.values(), hands)];
    showCount(people.length);
    if (!panels.isOpen("people")) return;
    const focused = list.contains(document.activeElement) ? document.activeElement : null;
    const present = new Set(people.map(({ identity }) => identity));
    for (const [identity, line] of lines) {
      if (present.has(identity)) continue;
      line.root.remove();
      lines.delete(identity);
    }
    people.forEach((participant, index) => {
      const line = lines.get(participant.identity) ?? createPersonLine(participant.identity, doings);
      lines.set(participant.identity, line);
      line.update(participant, {
        own: participant === room.localParticipant,
        actions: personMenu.offers(participant),
      });
      if (list.children[index] !== line.root) list.insertBefore(line.root, list.children[index] ?? null);
    });
    // A line that moved or went away takes the focus with it.
    if (focused && document.activeElement !== focused) {
      (focused.isConnected ? focused : byId("panel-people")).focus();
    }
  }

  function showCount(count) {
    setText(byId("people-count-number"), String(count));
    setText(byId("people-count-words"), counted("people_count", count));
    setText(byId("panel-people-title"), text("people_title", { count }));
  }

  const schedule = onRoomChange(room, signal, update);
  panels.onChange(schedule);

  const came = gather((names) => say("arrived", names), GATHER, signal);
  const went = gather((names) => say("departed", names), GATHER, signal);
  const isSettled = () => document.body.dataset.connection === "connected";
  room.on(RoomEvent.ParticipantConnected, (participant) => isSettled() && came(nameOf(participant)));
  room.on(RoomEvent.ParticipantDisconnected, (participant) => isSettled() && went(nameOf(participant)));
  signal.addEventListener("abort", () => list.replaceChildren());
}

/** Raised hands first, in their order; then the host; then by name. */
function inOrder(participants, { placeOf }) {
  const turn = (participant) => placeOf(participant) || Infinity;
  const byTurn = (a, b) => (turn(a) === turn(b) ? 0 : turn(a) - turn(b));
  return [...participants].sort(
    (a, b) => byTurn(a, b) || isHost(b) - isHost(a) || nameOf(a).localeCompare(nameOf(b)),
  );
}

function say(key, names) {
  announce(names.length === 1 ? text(`${key}_name`, { name: names[0] }) : counted(key, names.length));
}
