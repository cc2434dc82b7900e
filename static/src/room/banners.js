/** The lines above the stage that say what happened and what one can do. */

import { alert, announce } from "../lib/announce.js";
import { element, setText } from "../lib/elements.js";
import { text } from "./texts.js";

export function createBanners(root, signal) {
  const shown = new Map(); // id → {line, words, timer}

  function hide(id) {
    const banner = shown.get(id);
    if (!banner) return;
    clearTimeout(banner.timer);
    banner.line.remove();
    shown.delete(id);
  }

  signal.addEventListener("abort", () => [...shown.keys()].forEach(hide));

  return {
    hide,

    /**
     * `action`: {label, run}; `seconds`: goes away by itself; `busy`: something is under way (the
     * person cannot close it); `urgent`: interrupts the screen reader; `spoken`: what is new in the
     * message, where it has been said in part.
     */
    show(id, { message, action = null, seconds = 0, busy = false, urgent = false, spoken = message }) {
      if (shown.get(id)?.words.textContent === message) return;
      hide(id);
      const words = element("span", { class: "banner__words", text: message });
      const line = element("div", { class: "banner", data: { banner: id, busy: String(busy) } }, words);
      if (action) {
        const button = element("button", { type: "button", class: "banner__action", text: action.label });
        button.addEventListener("click", action.run);
        line.append(button);
      }
      if (!busy && !action) {
        const close = element(
          "button",
          { type: "button", class: "banner__close", "aria-label": text("close_banner") },
          element("span", { class: "fr-icon-close-line fr-icon--sm", "aria-hidden": "true" }),
        );
        close.addEventListener("click", () => hide(id));
        line.append(close);
      }
      root.append(line);
      const timer = seconds ? setTimeout(() => hide(id), seconds * 1000) : null;
      shown.set(id, { line, words, timer });
      (urgent ? alert : announce)(spoken);
    },

    /** Other words in a banner that is there, without reading them out. */
    rewrite(id, message) {
      const banner = shown.get(id);
      if (banner) setText(banner.words, message);
    },
  };
}
