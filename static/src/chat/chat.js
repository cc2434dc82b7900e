/** The chat: through our server, which keeps it for the meeting; LiveKit only brings the news. */

import { RoomEvent } from "../../vendor/livekit-client.esm.mjs";
import { announce } from "../lib/announce.js";
import { byId, element, setText } from "../lib/elements.js";
import { nameOf } from "../room/names.js";
import { roveFocus } from "../room/roving.js";
import { personOf } from "../room/standing.js";
import { counted, text } from "../room/texts.js";
import { isChatLine } from "../room/wire.js";
import { createLog } from "./log.js";

export function createChat({ room, rights, wire, ask, config, panels, signal }) {
  const me = room.localParticipant;
  const field = byId("chat-text");
  const scroll = byId("chat-scroll");
  const list = byId("chat-messages");
  const isOwn = (person) => person.id === personOf(me);
  const doings = { edit, remove, retry: deliver, discard: (entry) => log.discard(entry) };
  const log = createLog({ list, locale: config.locale, isOwn, doings, onChange: changed });
  const focusKeeper = roveFocus(list, signal, () => [...list.querySelectorAll(".message__actions button")], {
    startsAtEnd: true,
  });
  let unread = 0;
  let hasLoaded = false;
  let loading = 0; // number of the newest request for all messages
  let since = new Set(); // ids that have changed since it was asked

  const isRead = () => panels.isOpen("chat") && !document.hidden;

  function changed() {
    byId("chat-empty").hidden = !log.isEmpty();
    focusKeeper.refresh();
  }

  /** Keeps the end in sight for who was reading there. */
  function following(change, always = false) {
    const atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;
    const answer = change();
    if (atEnd || always) scroll.scrollTop = scroll.scrollHeight;
    return answer;
  }

  async function load() {
    const number = ++loading;
    since = new Set();
    const before = log.ids();
    const answer = await ask("GET", "chat");
    if (signal.aborted || number !== loading) return;
    byId("chat-unloaded").hidden = answer.ok;
    if (!answer.ok) return;
    const messages = answer.data.messages.filter(isChatLine);
    const fresh = following(() => log.merge(messages, { before, since }));
    // What was written before one came in is not news.
    if (hasLoaded) countUnread(fresh);
    hasLoaded = true;
  }

  function receive({ message }) {
    since.add(message.id);
    const isNew = following(() => log.put(message));
    if (!isNew || isOwn(message.from)) return;
    countUnread(1);
    // The open panel is a log, which screen readers follow by themselves.
    if (panels.isOpen("chat")) return;
    announce(text("chat_received", { name: message.from.name, message: message.text.slice(0, 200) }));
  }

  function send() {
    const words = field.value.trim();
    if (!words || !rights.may("chat")) return;
    field.value = "";
    grow();
    const from = { id: personOf(me), name: nameOf(me), organisation: "" };
    deliver(following(() => log.draft({ key: newKey(), from, text: words }), true));
  }

  /** The key makes it the same message however often it is tried. */
  async function deliver(entry) {
    log.mark(entry, "sending");
    const answer = await ask("POST", "chat", { text: entry.text, key: entry.key });
    if (signal.aborted) return;
    if (answer.ok && isChatLine(answer.data)) return following(() => log.put(answer.data));
    log.mark(entry, "failed", text("chat_not_sent", { problem: answer.problem || text("act_failed") }));
    announce(text("chat_failed"));
    changed();
  }

  async function edit(entry, words) {
    const answer = await ask("PUT", `chat/${entry.id}`, { text: words });
    if (answer.ok && isChatLine(answer.data)) log.put(answer.data);
    return answer;
  }

  async function remove(entry) {
    const answer = await ask("DELETE", `chat/${entry.id}`);
    // Somebody else may have been faster.
    if (answer.status === 404) return { ok: true, problem: "" };
    if (answer.ok) log.remove(entry.id, { id: personOf(me), name: nameOf(me) });
    return answer;
  }

  function countUnread(count) {
    if (isRead() || count === 0) return;
    unread += count;
    showUnread();
  }

  function showUnread() {
    const badge = byId("chat-unread");
    badge.hidden = unread === 0;
    badge.replaceChildren();
    if (unread === 0) return;
    badge.append(
      element("span", { "aria-hidden": "true", text: unread > 99 ? "99+" : String(unread) }),
      element("span", { class: "fr-sr-only", text: counted("chat_unread", unread) }),
    );
  }

  function seen() {
    if (!isRead()) return;
    unread = 0;
    showUnread();
    scroll.scrollTop = scroll.scrollHeight;
  }

  function showRights() {
    const reason = rights.reasonAgainst("chat");
    const hadFocus = byId("chat-form").contains(document.activeElement);
    byId("chat-form").hidden = Boolean(reason);
    setText(byId("chat-forbidden"), reason ?? "");
    if (reason && hadFocus) byId("panel-chat").focus();
    log.setRights({ mayWrite: !reason, mayModerate: rights.may("moderate") });
  }

  /** As tall as its text, up to what the style allows. */
  function grow() {
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight + 2}px`;
  }

  function onSubmit(event) {
    event.preventDefault();
    send();
  }

  wire.on("chat", receive);
  wire.on("chat_deleted", ({ id, by }) => {
    since.add(id);
    log.remove(id, by);
  });
  room.on(RoomEvent.Connected, load);
  room.on(RoomEvent.Reconnected, load);
  rights.onChange(showRights);
  byId("chat-reload").addEventListener("click", load, { signal });
  byId("chat-form").addEventListener("submit", onSubmit, { signal });
  field.addEventListener(
    "keydown",
    (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) onSubmit(event);
    },
    { signal },
  );
  field.addEventListener("input", grow, { signal });
  document.addEventListener("visibilitychange", seen, { signal });
  panels.onChange(seen);
  signal.addEventListener("abort", () => log.clear());
  showUnread();
}

function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
