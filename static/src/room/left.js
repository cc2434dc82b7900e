/** The screen after the meeting, or before its closed door: why, and whether one may come back. */

import { announce } from "../lib/announce.js";
import { byId, setText } from "../lib/elements.js";
import { text } from "./texts.js";

let timer = null; // counts down to when one may ask again

/**
 * What `showLeft` shows of a refusal, or null when it is said above the button instead. Whoever
 * waited has left the form behind: to them everything is said here.
 */
export function leftBecause({ kind, state, retryAfter }, wasWaiting) {
  if (kind === "refused") return { reason: "refused", mayComeBack: true, retryAfter };
  if (kind === "removed") return { reason: "removed", mayComeBack: false };
  if (!wasWaiting) return null;
  if (kind === "over") return { reason: state === "cancelled" ? "cancelled" : "ended", mayComeBack: false };
  if (kind === "locked" || kind === "full") return { reason: kind, mayComeBack: true };
  return null;
}

/** `reason` names why, as in the texts `left_…`; `retryAfter`: seconds before one may come back. */
export function showLeft({ reason, mayComeBack = true, retryAfter = null }) {
  setText(byId("left-title"), text(`left_${reason}_title`));
  setText(byId("left-text"), text(`left_${reason}_text`));
  byId("left").dataset.reason = reason;
  byId("come-back").hidden = !mayComeBack;
  offer(reason, retryAfter);
  byId("left-title").focus();
}

function offer(reason, seconds) {
  const button = byId("come-back");
  const isAsking = ["refused", "locked", "full"].includes(reason);
  const until = Date.now() + (seconds ?? 0) * 1000;

  function tick() {
    // By the clock: the timers of a hidden tab are late.
    const left = Math.ceil((until - Date.now()) / 1000);
    button.disabled = left > 0;
    if (left > 0) return setText(button, text("ask_again_in", { seconds: left }));
    clearInterval(timer);
    setText(button, text(isAsking ? "ask_again" : "come_back"));
    if (seconds && !button.closest("[hidden]")) announce(text("ask_again_now"));
  }

  clearInterval(timer);
  timer = setInterval(tick, 1000);
  tick();
}
