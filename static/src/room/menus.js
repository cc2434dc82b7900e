/** Popovers above the bar, and dialogs: where they open, what closes them. */

import { byId } from "../lib/elements.js";

const MARGIN = 8;

export function wireMenus(signal) {
  for (const menu of document.querySelectorAll(".menu[popover]")) {
    const opener = document.querySelector(`[popovertarget="${menu.id}"]`);
    if (!opener) continue; // opened elsewhere than in the bar
    menu.addEventListener(
      "toggle",
      (event) => {
        if (event.newState !== "open") return giveFocusBack(menu, opener);
        placeAbove(menu, opener);
        const stops = [...menu.querySelectorAll("input:checked, button")];
        stops.find((stop) => stop.checkVisibility())?.focus();
      },
      { signal },
    );
    for (const item of menu.querySelectorAll(".menu__item")) {
      item.addEventListener("click", () => follow(item, menu), { signal });
    }
  }
  addEventListener("resize", closeMenus, { signal });
  signal.addEventListener("abort", closeMenus);
  for (const closer of document.querySelectorAll("[data-closes-dialog]")) {
    closer.addEventListener("click", () => closer.closest("dialog").close(), { signal });
  }
  for (const dialog of document.querySelectorAll("dialog")) {
    // A click on the dialog itself is a click beside its content.
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close(), { signal });
  }
}

/** Unless what was chosen in the menu has taken the focus further. */
function giveFocusBack(menu, opener) {
  const focused = document.activeElement;
  if (focused === document.body || menu.contains(focused)) opener.focus();
}

function follow(item, menu) {
  menu.hidePopover();
  if (item.dataset.press) byId(item.dataset.press).click();
  if (item.dataset.opens) byId(item.dataset.opens).showModal();
}

function closeMenus() {
  for (const menu of document.querySelectorAll(".menu:popover-open")) menu.hidePopover();
}

function placeAbove(menu, opener) {
  const from = opener.getBoundingClientRect();
  const left = Math.min(from.left, innerWidth - menu.offsetWidth - MARGIN);
  menu.style.left = `${Math.max(MARGIN, left)}px`;
  menu.style.bottom = `${innerHeight - from.top + MARGIN}px`;
  menu.style.maxHeight = `${from.top - 2 * MARGIN}px`;
}
