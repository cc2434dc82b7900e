/** Keyboard shortcuts; both kinds can be switched off, and the choice is remembered. */

import { byId } from "../lib/elements.js";
import { preference, remember } from "../lib/storage.js";
import { toggleFullscreen } from "./controls.js";

export function wireShortcuts({ panels, signal }) {
  const press = (id) => byId(id).click();
  const withControl = { d: () => press("toggle-mic"), e: () => press("toggle-camera") };
  const letters = {
    c: () => panels.toggle("chat"),
    p: () => panels.toggle("people"),
    h: () => press("toggle-hand"),
    f: toggleFullscreen,
  };

  const switches = { control: byId("shortcuts-control"), letters: byId("shortcuts-letters") };
  for (const [kind, box] of Object.entries(switches)) {
    box.checked = preference(`shortcuts_${kind}`, true);
    box.addEventListener("change", () => remember(`shortcuts_${kind}`, box.checked), { signal });
  }

  document.addEventListener(
    "keydown",
    (event) => {
      if (event.defaultPrevented || event.repeat || event.isComposing) return;
      if (document.querySelector("dialog[open], .menu:popover-open")) return;
      const key = event.key.toLowerCase();
      if (key === "escape") return panels.close();
      const control = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
      const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
      let action = null;
      if (control && switches.control.checked) action = withControl[key];
      else if (plain && switches.letters.checked && !isTyping(event.target)) action = letters[key];
      if (!action) return;
      event.preventDefault();
      action();
    },
    { signal },
  );
}

function isTyping(target) {
  return target.closest?.("input, textarea, select, [contenteditable]") !== null;
}
