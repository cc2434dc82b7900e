/** What the reader of this page may do now, and the words for what they may not. */

import { onRoomChange } from "./room_changes.js";
import { isBound, mayDo, roleOf, roomRules } from "./standing.js";
import { text } from "./texts.js";

export function watchRights({ room, signal }) {
  const me = room.localParticipant;
  const listeners = new Set();
  let known = null;

  const may = (word) => mayDo(me, word);

  onRoomChange(room, signal, () => {
    const now = JSON.stringify([me.attributes?.may, roleOf(me), room.metadata]);
    if (now === known) return;
    known = now;
    listeners.forEach((listener) => listener());
  });
  signal.addEventListener("abort", () => listeners.clear());

  return {
    may,

    /** Calls `listener` when rights or the room's rules have changed. */
    onChange: (listener) => listeners.add(listener),

    /** Why the person may not: a sentence, or null for who may. */
    reasonAgainst(word) {
      if (may(word)) return null;
      const forAll = isBound(me) && roomRules(room).allowed[word] === false;
      return text(`forbidden_${forAll ? "all" : "you"}_${word}`);
    },
  };
}
