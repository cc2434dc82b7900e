/** Changes the words of one's own message, in its place. */

import { element, setText } from "../lib/elements.js";
import { text } from "../room/texts.js";

const LONGEST = 2000;

/** `save(words)` answers {ok, problem}; `onClose()` is called when it is saved or given up. */
export function createEditor({ words, save, onClose }) {
  const field = element("textarea", {
    class: "chat__text",
    rows: 2,
    maxlength: LONGEST,
    "aria-label": text("chat_edit_label"),
  });
  field.value = words;
  const problem = element("p", { class: "chat__error", role: "alert" });
  const submit = element("button", { type: "submit", class: "message__action message__action--words", text: text("chat_act_save") });
  const cancel = element("button", { type: "button", class: "message__action message__action--words", text: text("chat_act_cancel") });
  const root = element(
    "form",
    { class: "message__editor" },
    field,
    element("div", { class: "message__editing" }, submit, cancel),
    problem,
  );

  async function onSubmit(event) {
    event.preventDefault();
    const changed = field.value.trim();
    if (!changed || field.readOnly) return;
    if (changed === words) return onClose();
    field.readOnly = true;
    submit.setAttribute("aria-busy", "true");
    setText(problem, "");
    const answer = await save(changed);
    field.readOnly = false;
    submit.removeAttribute("aria-busy");
    if (answer.ok) onClose();
    else setText(problem, answer.problem); // the words stay
  }

  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) onSubmit(event);
    if (event.key !== "Escape") return;
    event.preventDefault(); // it closes the editor, not the panel
    event.stopPropagation();
    onClose();
  });
  root.addEventListener("submit", onSubmit);
  cancel.addEventListener("click", onClose);

  return {
    root,
    focus() {
      field.focus();
      field.setSelectionRange(field.value.length, field.value.length);
    },
  };
}
