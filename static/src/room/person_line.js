/** One person in the list of participants: who they are, what they send, what a host may do. */

import { element, icon, setAttributes, setText } from "../lib/elements.js";
import { createHandSign } from "./hand_sign.js";
import { initials, nameOf, organisationOf } from "./names.js";
import { isOutside, proofOf, roleOf } from "./standing.js";
import { text } from "./texts.js";

const TOLD_ROLES = ["host", "co_host", "presenter", "guest"];

/** `onActions(identity, button)` opens what one may do with the person. */
export function createPersonLine(identity, { placeOf, onActions }) {
  const avatar = element("span", { class: "avatar avatar--small", "aria-hidden": "true" });
  const name = element("span", { class: "person__name" });
  const details = element("span", { class: "person__details" });
  const hand = createHandSign("person__hand");
  const more = element(
    "button",
    { type: "button", class: "person__more", "aria-haspopup": "true", "aria-expanded": "false", hidden: true },
    element("span", { class: "fr-icon-more-line fr-icon--sm", "aria-hidden": "true" }),
  );
  more.addEventListener("click", () => onActions(identity, more));
  const mic = element("span", { class: "person__sign" });
  const camera = element("span", { class: "person__sign" });
  const words = element("span", { class: "person__words" }, name, details);
  return {
    root: element(
      "li",
      { class: "person", data: { person: identity } },
      avatar,
      words,
      hand.root,
      mic,
      camera,
      more,
    ),

    more,

    /** `actions`: whether the reader of the page may do anything with this person. */
    update(participant, { own, actions }) {
      setText(avatar, initials(nameOf(participant)));
      setText(name, own ? text("you", { name: nameOf(participant) }) : nameOf(participant));
      const role = roleOf(participant);
      const facts = [
        TOLD_ROLES.includes(role) ? text(`role_${role}`) : "",
        isOutside(participant) ? text(`proof_${proofOf(participant)}`) : "",
        own ? "" : organisationOf(participant),
      ];
      setText(details, facts.filter(Boolean).join(" · "));
      hand.show(placeOf(participant));
      more.hidden = !actions;
      setAttributes(more, { "aria-label": text("person_actions", { name: nameOf(participant) }) });
      showSign(mic, "mic", participant.isMicrophoneEnabled);
      showSign(camera, "camera", participant.isCameraEnabled);
    },
  };
}

function showSign(place, name, on) {
  const state = on ? name : `${name}-off`;
  if (place.dataset.state === state) return;
  place.dataset.state = state;
  const words = text(`person_${name}_${on ? "on" : "off"}`);
  place.title = words;
  place.replaceChildren(icon(state), element("span", { class: "fr-sr-only", text: words }));
}
