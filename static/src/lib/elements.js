/** Building and finding elements, always from plain text. */

export const byId = (id) => document.getElementById(id);

/**
 * A new element. `options`: class, text, data (dataset), on (listeners); other keys are
 * attributes (null and false are left out). Children are elements.
 */
export function element(tag, options = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(options)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") made.className = value;
    else if (name === "text") made.textContent = value;
    else if (name === "data") Object.assign(made.dataset, value);
    else if (name === "on") {
      for (const [event, listener] of Object.entries(value)) made.addEventListener(event, listener);
    } else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

export function icon(name) {
  return element("span", { class: `room-icon room-icon--${name}`, "aria-hidden": "true" });
}

/** Sets a text only when it differs, so that live regions and layout stay quiet. */
export function setText(target, value) {
  if (target.textContent !== value) target.textContent = value;
}

/** Sets attributes only where they differ; null removes. False stays "false", as ARIA wants it. */
export function setAttributes(target, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined) target.removeAttribute(name);
    else if (target.getAttribute(name) !== String(value)) target.setAttribute(name, value);
  }
}
