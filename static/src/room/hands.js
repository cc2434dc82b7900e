/** Raised hands: one's own, the queue, and a word to who moderates. */

import { RoomEvent } from "../../vendor/livekit-client.esm.mjs";
import { announce } from "../lib/announce.js";
import { byId, setAttributes, setText } from "../lib/elements.js";
import { explain } from "./explaining.js";
import { nameOf } from "./names.js";
import { onRoomChange } from "./room_changes.js";
import { handOf, personOf } from "./standing.js";
import { counted, text } from "./texts.js";
import { createWish } from "./wish.js";

export function createHands({ room, rights, ask, banners, signal }) {
  const me = room.localParticipant;
  const button = byId("toggle-hand");
  const known = new Map(); // person → when their hand was raised
  const listeners = new Set();
  let places = new Map(); // person → place in the queue, from 1
  const own = createWish({
    read: () => Boolean(handOf(me)),
    send: (raised) => ask("POST", "hand", { raised }),
    show,
  });

  /** One who is here twice has one hand. */
  function count() {
    const raised = new Map();
    for (const participant of [me, ...room.remoteParticipants.values()]) {
      if (handOf(participant)) raised.set(personOf(participant), handOf(participant));
    }
    const queue = [...raised].sort((a, b) => a[1].localeCompare(b[1]));
    places = new Map(queue.map(([person], index) => [person, index + 1]));
  }

  const placeOf = (participant) => places.get(personOf(participant)) ?? 0;

  async function toggle() {
    const raised = !own.value();
    const forbidden = raised && rights.reasonAgainst("raise_hand");
    const answer = forbidden ? { problem: forbidden } : await own.ask(raised);
    if (!answer || signal.aborted) return;
    if (!answer.ok) {
      return banners.show("hand-failed", { message: answer.problem, seconds: 8, urgent: true });
    }
    banners.hide("hand-failed");
    announce(text(raised ? "hand_up" : "hand_down"));
  }

  function show() {
    if (signal.aborted) return;
    count();
    const raised = own.value();
    setAttributes(button, { "aria-pressed": raised, "aria-busy": own.isBusy() });
    const reason = raised ? null : rights.reasonAgainst("raise_hand");
    explain(button, reason, text(raised ? "hand_lower" : "hand_raise"));
    setAttributes(byId("more-hand"), { "aria-pressed": raised });
    byId("hands-count").hidden = places.size === 0;
    setText(byId("hands-count-number"), String(places.size));
    setText(byId("hands-count-words"), counted("hands_count", places.size));
    listeners.forEach((listener) => listener());
  }

  function tellHosts(changed, participant) {
    if (!("hand" in changed) || participant === me) return;
    const person = personOf(participant);
    const before = known.get(person);
    known.set(person, handOf(participant));
    if (!handOf(participant) || before === handOf(participant) || !rights.may("moderate")) return;
    count();
    const place = placeOf(participant);
    announce(text(place === 1 ? "hand_first" : "hand_next", { name: nameOf(participant), place }));
  }

  button.addEventListener("click", toggle, { signal });
  room.on(RoomEvent.ParticipantAttributesChanged, tellHosts);
  // Made before the parts that show places: it hears of a change before they do.
  onRoomChange(room, signal, show);
  rights.onChange(show);

  signal.addEventListener("abort", () => listeners.clear());

  return { placeOf, count: () => places.size, onChange: (listener) => listeners.add(listener) };
}
