/** One message on the page: who, when, what, and what one may do with it. */

import { element, setAttributes, setText } from "../lib/elements.js";
import { text } from "../room/texts.js";
import { timeOfDay } from "../room/times.js";
import { createEditor } from "./editor.js";
import { messageNodes } from "./message_text.js";

/**
 * `doings`: {edit(entry, words), remove(entry), retry(entry), discard(entry)}; the first two answer
 * {ok, problem}. An entry is {id, key, from, text, at, edited, own, state, problem, deletedBy};
 * state "sent", "sending" or "failed"; deletedBy null or {id, name}.
 */
export function createLine({ locale, doings }) {
  const head = element("p", { class: "message__head" });
  const body = element("div", { class: "message__body" });
  const state = element("p", { class: "message__state" });
  const actions = element("div", { class: "message__actions" });
  const root = element("li", { class: "message", tabindex: "-1" }, head, body, state, actions);
  let entry = null;
  let rights = {};
  let shownText = null;
  let editor = null;
  let isConfirming = false;

  function update(newEntry, newRights) {
    entry = newEntry;
    rights = newRights;
    Object.assign(root.dataset, { own: String(entry.own), state: entry.deletedBy ? "deleted" : entry.state });
    if (entry.deletedBy) stopEditing();
    showBody();
    setText(state, stateWords());
    showActions();
  }

  function setContinues(continues) {
    root.dataset.continues = String(continues);
    head.hidden = continues;
    if (!continues && !head.children.length) head.append(...heading());
  }

  function heading() {
    const { own, from, at } = entry;
    return [
      element("strong", { text: own ? text("chat_me") : from.name }),
      element("span", { class: "message__organisation", text: own ? "" : from.organisation }),
      element("time", { datetime: at.toISOString(), text: timeOfDay(locale, at) }),
    ];
  }

  function showBody() {
    const words = entry.deletedBy ? goneWords() : entry.text;
    if (editor || words === shownText) return;
    shownText = words;
    body.replaceChildren(
      entry.deletedBy ? element("p", { class: "message__gone", text: words }) : messageNodes(words),
    );
  }

  function goneWords() {
    const { deletedBy, from } = entry;
    return deletedBy.id === from.id ? text("chat_gone") : text("chat_gone_by", { name: deletedBy.name });
  }

  function stateWords() {
    if (entry.deletedBy) return "";
    if (entry.state === "sending") return text("chat_sending");
    if (entry.problem) return entry.problem;
    return entry.edited ? text("chat_edited") : "";
  }

  function showActions() {
    const wanted = wantedActions();
    const known = [...actions.children].map(({ dataset }) => dataset.act).join();
    if (known === wanted.map(([act]) => act).join()) return;
    const hadFocus = actions.contains(document.activeElement);
    actions.replaceChildren(...wanted.map(([act, run]) => button(act, run)));
    if (hadFocus) (actions.querySelector("button") ?? root).focus();
  }

  function wantedActions() {
    if (entry.deletedBy || editor || entry.state === "sending") return [];
    if (entry.state === "failed") {
      return [
        ["retry", () => doings.retry(entry)],
        ["discard", () => doings.discard(entry)],
      ];
    }
    if (isConfirming) {
      return [
        ["really", remove],
        ["keep", () => confirm(false)],
      ];
    }
    const own = entry.own && rights.mayWrite ? [["edit", startEditing]] : [];
    return entry.own || rights.mayModerate ? [...own, ["delete", () => confirm(true)]] : own;
  }

  function button(act, run) {
    const words = text(`chat_act_${act}`);
    const isPlain = ["edit", "delete"].includes(act); // an icon; the others are words
    const made = element(
      "button",
      { type: "button", class: `message__action${isPlain ? "" : " message__action--words"}`, data: { act } },
      isPlain
        ? element("span", { class: `fr-icon-${act === "edit" ? "edit" : "delete"}-line fr-icon--sm`, "aria-hidden": "true" })
        : words,
    );
    if (isPlain) setAttributes(made, { "aria-label": words, title: words });
    made.addEventListener("click", run);
    return made;
  }

  function confirm(asked) {
    isConfirming = asked;
    root.dataset.confirming = String(asked);
    showActions();
  }

  async function remove() {
    confirm(false);
    root.setAttribute("aria-busy", "true");
    const answer = await doings.remove(entry);
    root.removeAttribute("aria-busy");
    if (!answer.ok) setText(state, answer.problem);
  }

  function startEditing() {
    editor = createEditor({
      words: entry.text,
      save: (words) => doings.edit(entry, words),
      onClose: () => {
        stopEditing();
        actions.querySelector("button")?.focus();
      },
    });
    showActions();
    body.replaceChildren(editor.root);
    editor.focus();
  }

  function stopEditing() {
    if (!editor) return;
    editor = null;
    shownText = null;
    showBody();
    showActions();
  }

  return { root, update, setContinues };
}
