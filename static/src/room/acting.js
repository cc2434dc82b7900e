/** What people do in the room is asked of our server; what goes wrong comes back in words. */

import { askJson } from "../lib/http.js";
import { text } from "./texts.js";

const PATIENCE = 15_000; // milliseconds

/**
 * A function `ask(method, path, body)` that never throws. It answers {ok, status, data, problem};
 * `problem` is a sentence for people.
 */
export function createActing({ config }) {
  return async function ask(method, path, body) {
    let answer;
    try {
      answer = await askJson(method, config.api + path, { body, signal: AbortSignal.timeout(PATIENCE) });
    } catch {
      return { ok: false, status: 0, data: null, problem: text("act_no_answer") };
    }
    const ok = answer.status < 300;
    return { ok, status: answer.status, data: answer.data, problem: ok ? "" : inWords(answer) };
  };
}

function inWords({ status, data }) {
  if (status === 401) return text("refused_signed_out");
  if (status === 403) return text("act_not_allowed");
  if (status === 404) return text("act_gone");
  if (status === 429) return text("act_too_fast");
  if (status < 500 && typeof data?.title === "string" && data.title) return data.title;
  return text("act_failed");
}
