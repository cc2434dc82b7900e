/** Chat over LiveKit's text streams: to everybody in the room, kept nowhere. */

import { announce } from "../lib/announce.js";
import { byId, element, setText } from "../lib/elements.js";
import { messageNodes } from "./message_text.js";
import { nameOf, organisationOf } from "./names.js";
import { counted, text } from "./texts.js";
import { timeOfDay } from "./times.js";

const TOPIC = "chat";
const MAX_LENGTH = 2000;
const MAX_BYTES = MAX_LENGTH * 4;
const KEPT = 500; // older messages leave the page
const SAME_BLOCK = 3 * 60_000; // one heading for what a person says within this time

export function createChat({ room, config, panels, signal }) {
  const field = byId("chat-text");
  const messages = byId("chat-messages");
  const scroll = byId("chat-scroll");
  let unread = 0;
  let latest = null; // {identity, at}

  async function receive(reader, { identity }) {
    if (reader.info.size > MAX_BYTES) return;
    let message;
    try {
      message = (await reader.readAll()).trim();
    } catch {
      return; // interrupted, or longer than it said
    }
    // Who speaks is what LiveKit says, never what the message says.
    const participant = room.getParticipantByIdentity(identity);
    if (signal.aborted || !participant || !message || message.length > MAX_LENGTH) return;
    add(message, participant, false);
    if (isRead()) return;
    unread += 1;
    showUnread();
    // The open panel is a log, which screen readers follow by themselves.
    if (panels.isOpen("chat")) return;
    announce(text("chat_received", { name: nameOf(participant), message: message.slice(0, 200) }));
  }

  const isRead = () => panels.isOpen("chat") && !document.hidden;

  function add(message, participant, own) {
    const atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;
    const now = new Date();
    const continues = latest?.identity === participant.identity && now - latest.at < SAME_BLOCK;
    latest = { identity: participant.identity, at: now };
    const line = element("li", { class: "message", data: { own: String(own), continues: String(continues) } });
    if (!continues) line.append(heading(participant, own, now));
    line.append(element("p", { class: "message__text" }, messageNodes(message)));
    messages.append(line);
    if (messages.children.length > KEPT) messages.firstElementChild.remove();
    byId("chat-empty").hidden = true;
    if (atEnd || own) scroll.scrollTop = scroll.scrollHeight;
  }

  function heading(participant, own, now) {
    return element(
      "p",
      { class: "message__head" },
      element("strong", { text: own ? text("chat_me") : nameOf(participant) }),
      element("span", { class: "message__organisation", text: own ? "" : organisationOf(participant) }),
      element("time", { datetime: now.toISOString(), text: timeOfDay(config.locale, now) }),
    );
  }

  async function send() {
    const message = field.value.trim();
    if (!message) return;
    setText(byId("chat-error"), "");
    try {
      if (document.body.dataset.connection !== "connected") throw new Error("not connected");
      await room.localParticipant.sendText(message, { topic: TOPIC });
    } catch {
      setText(byId("chat-error"), text("chat_not_sent"));
      return; // the words stay in the field
    }
    if (field.value.trim() === message) field.value = "";
    grow();
    add(message, room.localParticipant, true);
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

  /** As tall as its text, up to what the style allows. */
  function grow() {
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight + 2}px`;
  }

  function onSubmit(event) {
    event.preventDefault();
    send();
  }

  room.registerTextStreamHandler(TOPIC, receive);
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
  showUnread();
}
