/** A control that may not be used stays where it is and says why. */

import { byId, element, setAttributes, setText } from "../lib/elements.js";

/**
 * `reason`: a sentence, or null for a control that may be used; `title`: its title then. Its twins
 * under « Plus » follow.
 */
export function explain(control, reason, title = null) {
  const id = `why-${control.id}`;
  if (reason) setText(byId(id) ?? addReason(id), reason);
  const twins = document.querySelectorAll(`[data-press="${control.id}"]`);
  for (const one of [control, ...twins]) {
    setAttributes(one, {
      "aria-disabled": reason ? true : null,
      "aria-describedby": reason ? id : null,
      title: reason ?? (one === control ? title : null),
    });
  }
}

function addReason(id) {
  const reason = element("span", { id, hidden: true });
  byId("controls").append(reason);
  return reason;
}
