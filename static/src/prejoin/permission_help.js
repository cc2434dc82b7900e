/** Explains what keeps the camera or microphone away, and where this browser hides the permission. */

import { byId, setText } from "../lib/elements.js";
import { text } from "../room/texts.js";
import { State } from "./capture.js";

function browserFamily() {
  const agent = navigator.userAgent;
  if (agent.includes("Firefox/")) return "firefox";
  if (agent.includes("Chrome/") || agent.includes("Chromium/")) return "chromium";
  return "safari";
}

/** `states`: {audio, video} as State. Shows the help, or hides it when nothing is wrong. */
export function explain({ audio, video }) {
  const help = byId("permission-help");
  const problem = worst(audio, video);
  help.hidden = problem === null;
  if (problem === null) return;
  const both = audio === video;
  const which = both ? "both" : problem === audio ? "mic" : "camera";
  const family = browserFamily();
  setText(byId("permission-title"), text(`${problem}_title_${which}`));
  setText(byId("permission-text"), text(problem === State.BLOCKED ? `blocked_${family}` : `${problem}_text`));
  help.dataset.problem = problem;
  help.dataset.browser = family;
  byId("permission-drawing").hidden = problem !== State.BLOCKED;
  byId("permission-retry").hidden = problem === State.UNSUPPORTED;
}

function worst(audio, video) {
  const problems = [State.UNSUPPORTED, State.BLOCKED, State.BUSY, State.MISSING];
  return problems.find((problem) => audio === problem || video === problem) ?? null;
}
