/** Reads back who comes in and who waits, and says which invitees would stay outside. */

import { setText } from "../lib/elements.js";

const fill = (text, values) => text.replace(/%\((\w+)\)s/g, (whole, name) => values[name] ?? whole);

/** Answers a function that gives the sentence as it stands. */
export function enhanceAccess(form, { sentence, warning, group, invitees }) {
  const sentences = JSON.parse(document.getElementById("access-sentences").textContent);
  const connected = new Set(group.dataset.connectedDomains.split(" "));

  const chosen = () => `${form.elements.guest_access.value}:${form.elements.direct_entry.value}`;
  const isOutside = (address) => address.includes("@") && !connected.has(address.split("@")[1]);

  function tell() {
    setText(sentence, sentences[chosen()] ?? "");
    const outside = form.elements.guest_access.value === "none" ? invitees().filter(isOutside) : [];
    const { warning: words, remedy } = warning.dataset;
    const text = outside.length ? `${fill(words, { people: outside.join(", ") })} ${remedy}`.trim() : "";
    if (warning.textContent.trim() === text) return;
    const line = document.createElement("p");
    line.className = "fr-message fr-message--warning";
    line.textContent = text;
    warning.replaceChildren(...(text ? [line] : []));
  }

  form.addEventListener("input", tell);
  form.addEventListener("change", tell);
  tell();
  return () => sentence.textContent;
}
