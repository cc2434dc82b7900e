/** The list of who waits, at the top of the people's panel: it moves only when nobody aims at it. */

import { byId, setText } from "../lib/elements.js";
import { text } from "../room/texts.js";
import { createWaitingLine } from "./waiting_line.js";

const SHOWN = 2500; // milliseconds for which a decision stays in sight
const hasPointer = matchMedia("(hover: hover)").matches;

/** `onDecide(what, person)` is called at a click; `onChange()` after each change of who waits. */
export function createWaitingList({ locale, signal, onDecide, onChange }) {
  const list = byId("lobby-list");
  const lines = new Map(); // person's id → line, of those who wait
  const decided = new Set(); // lines that will go

  function make(person) {
    return createWaitingLine(person, { locale, onDecide: (what) => onDecide(what, person) });
  }

  /** Does what may hide the button that has the focus, and hands the focus on. */
  function keepingFocus(change) {
    const focused = document.activeElement;
    const isHere = byId("lobby").contains(focused);
    change();
    if (isHere && (!focused.isConnected || focused.closest("[hidden]"))) focusFirst();
  }

  function show() {
    setText(byId("lobby-title"), text("lobby_title", { count: lines.size }));
    byId("lobby").hidden = lines.size === 0 && decided.size === 0;
    byId("lobby-admit-all").hidden = lines.size < 2;
    onChange();
  }

  /** Takes away what was decided, unless somebody aims at what would move up. */
  function clear(gone) {
    if (signal.aborted) return;
    if (hasPointer && list.matches(":hover")) return setTimeout(() => clear(gone), 1000);
    keepingFocus(() => {
      for (const line of gone) {
        line.root.remove();
        decided.delete(line);
      }
      show();
    });
  }

  function focusFirst() {
    const first = list.querySelector("[data-state=waiting] button");
    if (first) first.focus();
    else byId("panel-people").focus();
  }

  signal.addEventListener("abort", () => {
    lines.clear();
    list.replaceChildren();
    byId("lobby").hidden = true;
  });

  return {
    focusFirst,
    has: (id) => lines.has(id),
    people: () => [...lines.values()].map(({ person }) => person),
    of: (id) => lines.get(id) ?? null,

    /** Everybody who waits, in order; who is known keeps their line. Answers who is new. */
    replace(people) {
      const fresh = people.filter(({ id }) => !lines.has(id));
      const next = new Map(people.map((person) => [person.id, lines.get(person.id) ?? make(person)]));
      for (const [id, line] of lines) if (!next.has(id)) line.root.remove();
      lines.clear();
      let place = list.firstElementChild;
      for (const [id, line] of next) {
        lines.set(id, line);
        line.setState("waiting");
        while (place?.dataset.state === "decided") place = place.nextElementSibling;
        if (line.root === place) place = place.nextElementSibling;
        else list.insertBefore(line.root, place);
      }
      show();
      return fresh;
    },

    /** True when the person was not there before. */
    add(person) {
      const isNew = !lines.has(person.id);
      const line = make(person);
      if (isNew) list.append(line.root);
      else lines.get(person.id).root.replaceWith(line.root);
      lines.set(person.id, line);
      show();
      return isNew;
    },

    /** The person waits no more; `words` say what became of them. */
    decide(id, words) {
      const line = lines.get(id);
      lines.delete(id);
      decided.add(line);
      keepingFocus(() => {
        line.setState("decided", words);
        show();
      });
      setTimeout(() => decided.has(line) && clear([...decided]), SHOWN);
    },

    clear() {
      for (const { root } of [...lines.values(), ...decided]) root.remove();
      lines.clear();
      decided.clear();
      show();
    },
  };
}
