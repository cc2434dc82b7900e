/** A guest's name and proof: the field, what the preview shows of it, and what may be wrong. */

import { byId, setAttributes, setText } from "../lib/elements.js";
import { initials } from "../room/names.js";
import { text } from "../room/texts.js";

/** Answers {isReady(), explain(kind)}; `config.name` follows the field. */
export function askGuest(config) {
  const field = byId("guest-name");
  const name = () => field.value.trim().replace(/\s+/g, " ");

  function show() {
    config.name = name();
    setText(document.querySelector(".preview__name"), name());
    setText(byId("preview-initials"), initials(name()));
  }

  function complain(message) {
    const problem = byId("guest-name-problem");
    setText(problem, message);
    problem.hidden = !message;
    byId("guest-name-group").classList.toggle("fr-input-group--error", Boolean(message));
    setAttributes(field, { "aria-invalid": message ? "true" : null });
    if (message) field.focus();
  }

  if (field) {
    field.addEventListener("input", () => {
      show();
      if (name()) complain("");
    });
    show(); // browsers fill the field again when the page is loaded again
  }

  return {
    /** Whether what a guest has to say is there; if not, asks for it. */
    isReady() {
      if (!field) return true;
      show();
      complain(name() ? "" : text("name_needed"));
      return Boolean(name());
    },

    /** Shows what the server misses where it is asked for; false when that is not here. */
    explain(kind) {
      if (kind === "name_needed" && field) {
        complain(text("name_needed"));
        return true;
      }
      if (kind === "code_needed" && byId("code-link")) {
        byId("code-needed").hidden = false;
        byId("code-link").focus();
        return true;
      }
      return false;
    },
  };
}
