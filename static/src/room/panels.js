/** People, chat and moderation: one panel at a time beside the stage, a full sheet on a phone. */

import { byId, setAttributes } from "../lib/elements.js";

const NAMES = ["people", "chat", "moderate"];

export function createPanels({ signal }) {
  const phone = matchMedia("(max-width: 767px)");
  const behind = [".room__header", "#stage", "#controls"].map((part) => document.querySelector(part));
  const listeners = new Set();
  let current = null;

  function show() {
    for (const name of NAMES) {
      byId(`panel-${name}`).hidden = name !== current;
      setAttributes(byId(`toggle-${name}`), { "aria-expanded": name === current });
    }
    // A sheet covers the rest, which must not be reachable behind it.
    for (const part of behind) part.inert = Boolean(current) && phone.matches;
    listeners.forEach((listener) => listener());
  }

  function open(name) {
    if (current === name) return;
    current = name;
    show();
    const panel = byId(`panel-${name}`);
    (panel.querySelector("[data-first-focus]") ?? panel).focus();
  }

  function close({ focus = true } = {}) {
    if (!current) return;
    const opener = byId(`toggle-${current}`);
    current = null;
    show();
    if (!focus) return;
    // On a phone most panels are opened from the menu « Plus ».
    const visible = opener.offsetParent ? opener : document.querySelector("[popovertarget=more-menu]");
    visible.focus();
  }

  for (const closer of document.querySelectorAll("[data-closes]")) {
    closer.addEventListener("click", () => close(), { signal });
  }
  phone.addEventListener("change", show, { signal });
  signal.addEventListener("abort", () => listeners.clear());
  show();

  return {
    open,
    close,
    toggle: (name) => (current === name ? close() : open(name)),
    isOpen: (name) => current === name,
    onChange: (listener) => listeners.add(listener),
  };
}
