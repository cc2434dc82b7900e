/** A raised hand with its place in the queue, on a tile or in the list of people. */

import { element, icon, setText } from "../lib/elements.js";
import { text } from "./texts.js";

export function createHandSign(className) {
  const number = element("span", { "aria-hidden": "true" });
  const words = element("span", { class: "fr-sr-only" });
  const root = element("span", { class: `hand-sign ${className}`, hidden: true }, icon("hand"), number, words);
  return {
    root,

    /** `place` from 1; 0 hides it. */
    show(place) {
      root.hidden = place === 0;
      if (place === 0) return;
      const told = text(place === 1 ? "hand_place_first" : "hand_place", { place });
      setText(number, String(place));
      setText(words, told);
      if (root.title !== told) root.title = told;
    },
  };
}
