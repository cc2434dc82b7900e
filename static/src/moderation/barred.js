/** Who was put out of the meeting, to let them back. */

import { byId, element, setText } from "../lib/elements.js";
import { text } from "../room/texts.js";
import { timeOfDay } from "../room/times.js";

/** `show(answer)` says what went wrong, or takes it away. */
export function listBarred({ ask, wire, panels, config, signal, show }) {
  const list = byId("barred-list");
  const note = byId("barred-note");
  let asked = 0;

  async function load() {
    const number = ++asked;
    if (!list.children.length) setText(note, text("barred_loading"));
    const answer = await ask("GET", "barred");
    if (signal.aborted || number !== asked) return;
    const people = answer.ok && Array.isArray(answer.data?.people) ? answer.data.people : [];
    list.replaceChildren(...people.map(line));
    setText(note, !answer.ok ? answer.problem : people.length ? "" : text("barred_none"));
  }

  function line({ id, name, organisation, by, at }) {
    const time = timeOfDay(config.locale, new Date(at));
    const details = [organisation, text("barred_by", { by, time })].filter(Boolean).join(" · ");
    const button = element("button", {
      type: "button",
      class: "fr-btn fr-btn--sm fr-btn--secondary",
      text: text("barred_back"),
      "aria-label": text("barred_back_person", { name }),
    });
    button.addEventListener("click", () => letBack(id, button));
    return element(
      "li",
      { class: "barred" },
      element(
        "span",
        { class: "person__words" },
        element("span", { class: "person__name", text: name }),
        element("span", { class: "person__details", text: details }),
      ),
      button,
    );
  }

  async function letBack(person, button) {
    if (button.ariaBusy === "true") return;
    button.setAttribute("aria-busy", "true");
    const answer = await ask("POST", "unbar", { person });
    if (signal.aborted) return;
    button.removeAttribute("aria-busy");
    show(answer);
    if (!answer.ok) return;
    const hadFocus = document.activeElement === button;
    button.closest("li").remove();
    if (!list.children.length) setText(note, text("barred_none"));
    if (hadFocus) byId("barred-title").focus();
  }

  wire.on("notice", ({ what }) => {
    if (["removed", "unbarred"].includes(what) && panels.isOpen("moderate")) load();
  });

  return { load };
}
