/** Invited people as a list above one line to type in; the form's own field stays what is sent. */

import { element } from "../lib/elements.js";

const SEPARATORS = /[\s,;]+/;
const fill = (text, values) => text.replace(/%\((\w+)\)s/g, (whole, name) => values[name] ?? whole);

/** Addresses in what was typed or pasted: "Anne Roy <anne.roy@x.fr>; b@y.fr" gives two. */
export function addressesIn(text) {
  const bracketed = [...text.matchAll(/<([^<>\s]+@[^<>\s]+)>/g)].map((match) => match[1]);
  const found = bracketed.length ? bracketed : text.split(SEPARATORS);
  return found.map((address) => address.trim().toLowerCase()).filter(Boolean);
}

/** Answers a function that lists the addresses as they stand. */
export function enhanceInvitees(group) {
  const field = group.querySelector("textarea");
  const list = group.querySelector("ul");
  const status = group.querySelector("[role=status]");
  const texts = group.dataset;
  const own = texts.ownDomains.split(" ").filter(Boolean);
  const connected = texts.connectedDomains.split(" ").filter(Boolean);
  const people = new Set(addressesIn(field.value));

  const input = element("input", {
    class: field.className,
    type: "text",
    id: field.id,
    inputmode: "email",
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    list: document.getElementById("known-people") ? "known-people" : null,
    "aria-describedby": field.getAttribute("aria-describedby"),
    "aria-invalid": field.getAttribute("aria-invalid"),
  });
  field.removeAttribute("id");
  field.hidden = true;
  field.after(input);

  const isAddress = (address) => /^[^@\s]+@[^@\s]+\.[^@\s.]+$/.test(address);

  function store(message, name) {
    field.value = [...people].join("\n");
    if (message) status.textContent = fill(message, { name, count: people.size });
    field.dispatchEvent(new Event("input", { bubbles: true }));
    draw();
  }

  function add(text) {
    const added = addressesIn(text).filter((address) => !people.has(address));
    for (const address of added) people.add(address);
    if (added.length) store(texts.added, added.join(", "));
  }

  function remove(address) {
    const position = [...people].indexOf(address);
    people.delete(address);
    store(texts.removed, address);
    const buttons = list.querySelectorAll("button");
    (buttons[Math.min(position, buttons.length - 1)] ?? input).focus();
  }

  function draw() {
    list.hidden = people.size === 0;
    list.replaceChildren(...[...people].map(person));
  }

  function person(address) {
    const wrong = !isAddress(address);
    const domain = address.split("@")[1];
    const outside = !wrong && !connected.includes(domain);
    const elsewhere = !wrong && !outside && !own.includes(domain);
    const note = wrong ? texts.incomplete : outside ? texts.outside : elsewhere ? texts.elsewhere : null;
    const look = wrong ? " visio-invitee--wrong" : outside ? " visio-invitee--outside" : "";
    const item = element(
      "li",
      { class: `visio-invitee${look}` },
      element("span", { class: "visio-invitee__address", text: address }),
    );
    if (note) item.append(element("span", { class: "visio-invitee__note", text: note }));
    item.append(
      element("button", {
        type: "button",
        class: "visio-invitee__remove fr-icon-close-line",
        title: fill(texts.remove, { name: address }),
        "aria-label": fill(texts.remove, { name: address }),
        on: { click: () => remove(address) },
      }),
    );
    return item;
  }

  function take() {
    add(input.value);
    input.value = "";
  }

  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (["Enter", ",", ";"].includes(event.key) && input.value.trim()) {
      event.preventDefault();
      take();
    } else if (event.key === "Backspace" && !input.value && people.size) {
      remove([...people].at(-1));
      input.focus();
    }
  });
  input.addEventListener("input", (event) => {
    // A choice from the list, or a whole address followed by a space.
    const chosen = event.inputType === "insertReplacementText" || event.inputType === undefined;
    if ((chosen || /\s$/.test(input.value)) && isAddress(input.value.trim())) take();
  });
  input.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text");
    if (!text.includes("@")) return;
    event.preventDefault();
    add(`${input.value}${text}`);
    input.value = "";
  });
  input.addEventListener("blur", ({ relatedTarget }) => {
    // Not under a press on the button: the page would move and the press miss it.
    if (relatedTarget?.type !== "submit") take();
  });
  field.form.addEventListener("submit", take);

  draw();
  return () => [...people];
}
