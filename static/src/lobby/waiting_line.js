/** One person in the list of who waits: who they say they are, how it is known, and the decision. */

import { element, setText } from "../lib/elements.js";
import { text } from "../room/texts.js";
import { timeOfDay } from "../room/times.js";

/** `onDecide("admit" | "refuse")` is called at a click. */
export function createWaitingLine(person, { locale, onDecide }) {
  const { name, email, proof } = person;
  const outside = proof === "agent" ? person.organisation : text("outside_guest");
  const since = new Date(person.since);
  const state = element("p", { class: "waiter__state" });
  const buttons = ["admit", "refuse"].map((what) => {
    const button = element("button", {
      type: "button",
      class: `fr-btn fr-btn--sm${what === "admit" ? "" : " fr-btn--tertiary"}`,
      text: text(what),
      "aria-label": text(`${what}_person`, { name }),
      data: { decides: what },
    });
    button.addEventListener("click", (event) => {
      // The second click of a double click would meet whoever has moved up.
      if (event.detail < 2 && root.dataset.state === "waiting") onDecide(what);
    });
    return button;
  });
  const proofWords = text(email && proof !== "name" ? `proof_${proof}_address` : `proof_${proof}`, { email });
  const root = element(
    "li",
    { class: "waiter", data: { person: person.id, state: "waiting", proof } },
    element(
      "p",
      { class: "waiter__who" },
      element("bdi", { class: "waiter__name", text: name }),
      element("span", { class: "waiter__organisation", text: outside }),
    ),
    element(
      "p",
      { class: "waiter__facts" },
      element("span", { class: "waiter__proof", text: proofWords }),
      element("time", {
        datetime: person.since,
        text: text("waits_since", { time: timeOfDay(locale, since) }),
      }),
    ),
    element("div", { class: "waiter__actions" }, ...buttons, state),
  );

  return {
    root,
    person,

    /** `name`: "waiting", "deciding" or "decided"; `words` say what. */
    setState(name, words = "") {
      root.dataset.state = name;
      setText(state, words);
      // Not disabled: that would throw the keyboard's focus away.
      for (const button of buttons) {
        button.setAttribute("aria-disabled", String(name !== "waiting"));
        button.hidden = name === "decided";
      }
    },
  };
}
