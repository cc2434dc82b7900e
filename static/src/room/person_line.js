/** One person in the list of participants: name, role, ministry where foreign, what they send. */

import { element, icon, setText } from "../lib/elements.js";
import { initials, isHost, nameOf, organisationOf } from "./names.js";
import { text } from "./texts.js";

export function createPersonLine(identity) {
  const avatar = element("span", { class: "avatar avatar--small", "aria-hidden": "true" });
  const name = element("span", { class: "person__name" });
  const details = element("span", { class: "person__details" });
  // The place of a raised hand and of a host's actions on a person.
  const actions = element("span", { class: "person__actions" });
  const mic = element("span", { class: "person__sign" });
  const camera = element("span", { class: "person__sign" });
  const words = element("span", { class: "person__words" }, name, details);
  return {
    root: element(
      "li",
      { class: "person", data: { person: identity } },
      avatar,
      words,
      actions,
      mic,
      camera,
    ),

    update(participant, own) {
      setText(avatar, initials(nameOf(participant)));
      setText(name, own ? text("you", { name: nameOf(participant) }) : nameOf(participant));
      const facts = [isHost(participant) ? text("role_host") : "", own ? "" : organisationOf(participant)];
      setText(details, facts.filter(Boolean).join(" · "));
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
