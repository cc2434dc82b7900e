/** Speaks to screen readers through the page's two live regions. */

import { byId } from "./elements.js";

const CLEAR_AFTER = 6000;
let queue = [];
let timer = null;

/** Says a message when the reader is idle; several in the same moment are said together. */
export function announce(message) {
  queue.push(message);
  timer ??= setTimeout(() => {
    timer = null;
    put(byId("announce-polite"), queue.splice(0, 4).join(" "));
    queue = [];
  }, 250);
}

/** Interrupts: only for what cannot wait. */
export function alert(message) {
  put(byId("announce-assertive"), message);
}

function put(region, message) {
  if (!region) return;
  const line = document.createElement("p"); // a new node is read even when the words are the same
  line.textContent = message;
  region.replaceChildren(line);
  setTimeout(() => line.remove(), CLEAR_AFTER);
}
