/** Says to everybody what was done in the room and by whom, and what one can do about it. */

import { isBound, mayDo, personOf } from "./standing.js";
import { text } from "./texts.js";

const SHOWN = 7; // seconds
const SHOWN_ABOUT_ME = 14;
const MOMENT = 4000; // milliseconds; what comes within this time shares one banner
const MOST = 3; // sentences in a banner

const ABOUT_ALL = ["muted_all", "locked", "unlocked", "hands_lowered"];
const ABOUT_ONE = ["muted", "removed", "unbarred", "hand_lowered"];
const ROLES = ["co_host", "presenter", "participant", "guest"];
const RIGHTS = ["microphone", "camera", "share", "chat"];

export function showNotices({ room, wire, banners }) {
  const me = room.localParticipant;
  let recent = []; // of this moment: {id, message, at}

  wire.on("notice", (notice) => {
    const isMine = notice.by.id === personOf(me);
    const isAboutMe = notice.person?.id === personOf(me);
    const message = inWords(notice, { isMine, isAboutMe });
    if (!message) return;
    const now = Date.now();
    recent = recent.filter(({ at }) => now - at < MOMENT);
    if (recent.some((other) => other.message === message)) return; // sent twice
    // What concerns oneself is not pushed out by what comes after it.
    const concernsMe = !isMine && (isAboutMe || changesForMe(notice.what));
    const id = concernsMe ? "notice-me" : "notice";
    recent.push({ id, message, at: now });
    const together = recent.filter((other) => other.id === id).slice(-MOST);
    banners.show(id, {
      message: together.map((other) => other.message).join(" "),
      spoken: message,
      seconds: concernsMe ? SHOWN_ABOUT_ME : SHOWN,
      urgent: concernsMe,
    });
  });

  const changesForMe = (what) =>
    (what === "muted_all" && !mayDo(me, "moderate")) || (what === "rights" && isBound(me));

  /** One or several sentences; "" for a notice of a kind that this page does not know. */
  function inWords(notice, { isMine, isAboutMe }) {
    const values = { by: notice.by.name || text("somebody"), person: notice.person?.name ?? "" };
    const whose = isMine ? "mine" : isAboutMe ? "me" : "other";
    const say = (key, hint) => [text(`${key}_${whose}`, values), hint && text(hint)].filter(Boolean).join(" ");
    const { what } = notice;
    if (ABOUT_ALL.includes(what)) return say(`notice_${what}`, !isMine && hintFor(what));
    if (ABOUT_ONE.includes(what) && notice.person) {
      return say(`notice_${what}`, isAboutMe && hintFor(what));
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

  function hintFor(what) {
    const wasMuted = what === "muted" || (what === "muted_all" && changesForMe(what));
    return wasMuted && mayDo(me, "microphone") ? `notice_${what}_hint` : null;
  }
}
