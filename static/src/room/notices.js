/** Says to everybody what was done in the room and by whom, and what one can do about it. */

import { mayDo, personOf } from "./standing.js";
import { text } from "./texts.js";

const SHOWN = 7; // seconds
const SHOWN_ABOUT_ME = 14;
const MOMENT = 4000; // milliseconds; what comes within this time shares one banner

const ABOUT_ALL = ["muted_all", "locked", "unlocked", "hands_lowered"];
const ABOUT_ONE = ["muted", "removed", "unbarred", "hand_lowered"];
const ROLES = ["co_host", "presenter", "participant", "guest"];
const RIGHTS = ["microphone", "camera", "share", "chat"];

export function showNotices({ room, wire, banners }) {
  const me = room.localParticipant;
  let latest = { message: "", at: 0 };

  wire.on("notice", (notice) => {
    const isMine = notice.by.id === personOf(me);
    const isAboutMe = notice.person?.id === personOf(me);
    const message = inWords(notice, { isMine, isAboutMe });
    if (!message) return;
    const now = Date.now();
    const isFresh = now - latest.at < MOMENT;
    if (isFresh && latest.message === message) return; // sent twice
    // What concerns oneself is not pushed out by what comes after it.
    const id = isAboutMe && !isMine ? "notice-me" : "notice";
    const before = isFresh && latest.id === id ? `${latest.message} ` : "";
    latest = { id, message, at: now };
    banners.show(id, {
      message: before + message,
      spoken: message,
      seconds: id === "notice-me" ? SHOWN_ABOUT_ME : SHOWN,
      urgent: id === "notice-me",
    });
  });

  /** One or several sentences; "" for a notice of a kind that this page does not know. */
  function inWords(notice, { isMine, isAboutMe }) {
    const values = { by: notice.by.name || text("somebody"), person: notice.person?.name ?? "" };
    const whose = isMine ? "mine" : isAboutMe ? "me" : "other";
    const say = (key, hint) => [text(`${key}_${whose}`, values), hint && text(hint)].filter(Boolean).join(" ");
    const { what } = notice;
    if (ABOUT_ALL.includes(what)) return say(`notice_${what}`, hintFor(what, isMine));
    if (ABOUT_ONE.includes(what) && notice.person) {
      return say(`notice_${what}`, isAboutMe && hintFor(what, isMine));
    }
    if (what === "role" && notice.person && ROLES.includes(notice.role)) {
      const role = notice.role === "guest" ? "participant" : notice.role;
      return say(`notice_role_${role}`);
    }
    const changed = RIGHTS.filter((word) => typeof notice.rights?.[word] === "boolean");
    const allowed = (word) => (notice.rights[word] ? "allowed" : "forbidden");
    if (what === "rights") {
      return changed.map((word) => say(`notice_all_${word}_${allowed(word)}`)).join(" ");
    }
    if (what === "person_rights" && notice.person) {
      return changed.map((word) => say(`notice_${word}_${allowed(word)}`)).join(" ");
    }
    return "";
  }

  function hintFor(what, isMine) {
    const wasMuted = what === "muted" || (what === "muted_all" && !mayDo(me, "moderate"));
    return wasMuted && !isMine && mayDo(me, "microphone") ? "notice_muted_hint" : null;
  }
}
