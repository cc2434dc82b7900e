/** The messages that are on the page, in their order: no doubles, whatever way they came. */

import { createLine } from "./line.js";

const KEPT = 500; // older messages leave the page
const SAME_BLOCK = 3 * 60_000; // one heading for what a person says within this time

/** `isOwn(person)`; `doings`: as for a line; `onChange()` is called after each change. */
export function createLog({ list, locale, isOwn, doings, onChange }) {
  const entries = []; // in the order of the page
  const gone = new Set(); // ids of what was deleted: an older answer must not bring them back
  let rights = { mayWrite: false, mayModerate: false };

  const find = (test) => entries.find(test);
  const byId = (id) => find((entry) => entry.id === id);

  /** Writes a message of the server; true when it was not there. */
  function put(message) {
    if (gone.has(message.id)) return false;
    const own = isOwn(message.from);
    const known = byId(message.id) ?? find(({ id, key }) => own && !id && key === message.key);
    const isNew = !known || !known.id;
    const entry = known ?? { line: createLine({ locale, doings }) };
    const { id, key, from, text, edited } = message;
    const at = new Date(message.at);
    Object.assign(entry, { id, key, from, text, edited, at, own, state: "sent", problem: "", deletedBy: null });
    if (isNew) place(entry);
    entry.line.update(entry, rights);
    return isNew && !known;
  }

  function place(entry) {
    if (entries.includes(entry)) entries.splice(entries.indexOf(entry), 1);
    // What is not sent yet stays at the end.
    const after = (other) => entry.id && (!other.id || other.at > entry.at);
    let index = entries.length;
    while (index > 0 && after(entries[index - 1])) index -= 1;
    entries.splice(index, 0, entry);
    const next = entries[index + 1]?.line.root ?? null;
    const { root } = entry.line;
    // Moving a line that is in its place would read it out again.
    if (!root.isConnected || root.nextElementSibling !== next) list.insertBefore(root, next);
  }

  function arrange() {
    while (entries.length > KEPT) entries.shift().line.root.remove();
    entries.forEach(({ line, from, at }, index) => {
      const before = entries[index - 1];
      line.setContinues(Boolean(before) && before.from.id === from.id && at - before.at < SAME_BLOCK);
    });
    onChange();
  }

  function drop(entry) {
    entry.line.root.remove();
    entries.splice(entries.indexOf(entry), 1);
  }

  return {
    isEmpty: () => entries.length === 0,

    put(message) {
      const isNew = put(message);
      arrange();
      return isNew;
    },

    /** Puts one's own words on the page before the server has them. */
    draft({ key, from, text }) {
      const entry = { id: null, key, from, text, edited: false, at: new Date(), own: true, state: "sending", problem: "", deletedBy: null };
      entry.line = createLine({ locale, doings });
      place(entry);
      entry.line.update(entry, rights);
      arrange();
      return entry;
    },

    /** `state`: "sending", or "failed" with the problem in words. */
    mark(entry, state, problem = "") {
      if (entry.id) return; // it has come by another way
      Object.assign(entry, { state, problem });
      entry.line.update(entry, rights);
    },

    discard(entry) {
      drop(entry);
      arrange();
    },

    /** Says in the message's place that it was deleted, and by whom. */
    remove(id, by) {
      gone.add(id);
      const entry = byId(id);
      if (!entry) return;
      entry.deletedBy = by;
      entry.line.update(entry, rights);
      arrange();
    },

    ids: () => new Set(entries.map(({ id }) => id).filter(Boolean)),

    /**
     * Brings the page to the server's list. `before`: ids on the page when it was asked for; those
     * it does not hold any more are gone. `since`: ids that have changed since: they are newer.
     * Returns how many were not there.
     */
    merge(messages, { before, since }) {
      const listed = new Set(messages.map(({ id }) => id));
      const oldest = messages.length ? Date.parse(messages[0].at) : -Infinity;
      for (const entry of [...entries]) {
        if (before.has(entry.id) && !entry.deletedBy && !listed.has(entry.id) && entry.at >= oldest) drop(entry);
      }
      const fresh = messages.filter((message) => !since.has(message.id)).filter(put);
      arrange();
      return fresh.filter(({ from }) => !isOwn(from)).length;
    },

    setRights(newRights) {
      rights = newRights;
      for (const entry of entries) entry.line.update(entry, rights);
      onChange();
    },

    clear() {
      entries.splice(0).forEach(({ line }) => line.root.remove());
    },
  };
}
