/** The note over the stage that says who knocks: one person can be let in from it. */

import { byId, setAttributes, setText } from "../lib/elements.js";
import { counted, text } from "../room/texts.js";

/** `onAdmit(person)` and `onSee()` are called at a click. */
export function createKnockNote({ signal, onAdmit, onSee }) {
  const note = byId("knock");
  const admit = byId("knock-admit");
  let people = []; // who is told of here, first come first

  function show() {
    note.hidden = people.length === 0;
    if (!people.length) return;
    setText(byId("knock-words"), wordsFor(people));
    admit.hidden = people.length > 1;
    setAttributes(admit, { "aria-label": text("admit_person", { name: people[0].name }) });
  }

  function clear() {
    // The focus must not fall off the page with the note.
    if (note.contains(document.activeElement)) byId("people-count").focus();
    people = [];
    show();
  }

  admit.addEventListener(
    "click",
    (event) => {
      // Whoever is told of next must not be let in by the second click of a double click.
      if (event.detail > 1) return;
      const [person] = people;
      clear();
      onAdmit(person);
    },
    { signal },
  );
  byId("knock-see").addEventListener(
    "click",
    () => {
      clear();
      onSee();
    },
    { signal },
  );
  byId("knock-close").addEventListener("click", clear, { signal });
  signal.addEventListener("abort", clear);

  return {
    clear,

    add(person) {
      people = [...people.filter(({ id }) => id !== person.id), person];
      show();
    },

    /** The person no longer waits. */
    drop(id) {
      if (!people.some((person) => person.id === id)) return;
      if (people.length === 1) return clear();
      people = people.filter((person) => person.id !== id);
      show();
    },
  };
}

/** « Inès Durand et 2 autres personnes demandent à entrer ». */
export function wordsFor([first, ...others]) {
  if (!others.length) return text("knock_name", { name: first.name });
  return counted("knock_more", others.length, { name: first.name });
}
