/** Shows an event beside the table it was found in, in place of the page on which it stands. */

import { byId } from "../lib/elements.js";

const drawer = byId("event-drawer");
const content = drawer.querySelector("[data-content]");
const failed = byId("messages");
let asked = null;

document.addEventListener("click", (click) => {
  const link = click.target.closest("a[data-drawer]");
  const isPlain = !(click.ctrlKey || click.metaKey || click.shiftKey || click.altKey);
  if (!link || !isPlain || click.button !== 0) return;
  click.preventDefault();
  show(link);
});

async function show(link) {
  asked?.abort();
  asked = new AbortController();
  link.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(link.href, {
      cache: "no-store",
      redirect: "error",
      signal: asked.signal,
    });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const sheet = page.getElementById("event-sheet");
    if (!response.ok || !sheet) throw new Error("no event");
    content.replaceChildren(document.importNode(sheet, true));
    if (!drawer.open) drawer.showModal();
    drawer.scrollTop = 0;
  } catch (problem) {
    if (problem.name === "AbortError") return;
    failed.textContent = drawer.dataset.failed;
    window.location.assign(link.href); // the page says what is wrong, or asks to sign in again
  } finally {
    link.removeAttribute("aria-busy");
  }
}

drawer.querySelector("[data-close]").addEventListener("click", () => drawer.close());
drawer.addEventListener("click", (click) => {
  if (click.target === drawer) drawer.close(); // beside it
});
drawer.addEventListener("close", () => content.replaceChildren());
