/** One request to join, and what the server may answer: come in, wait, not now, or no. */

import { postJson } from "../lib/http.js";
import { deviceId } from "../lib/storage.js";
import { wait } from "../lib/waiting.js";

const PATIENCE = 15_000; // milliseconds for the join API to answer

/**
 * The server said no for good. `kind`: "signed_out" | "unknown" | "over" | "refused" | "removed" |
 * "locked" | "full" | "guests_not_admitted" | "code_needed" | "name_needed" | "failed".
 */
export class EntryRefused extends Error {
  constructor(kind, { title = "", retryAfter = null, state = "" } = {}) {
    super(kind);
    this.kind = kind;
    this.title = title; // the server's sentence for people, or ""
    this.retryAfter = retryAfter; // seconds after which one may ask again
    this.state = state; // of a meeting that is over
  }
}

const BY_STATUS = { 401: "signed_out", 404: "unknown", 409: "over", 410: "over" };
const NOT_ALLOWED = [
  "refused",
  "removed",
  "locked",
  "full",
  "guests-not-admitted",
  "code-needed",
  "name-needed",
];

/**
 * {admission}, {socket: address where one waits} or {problem: {cause, retryAfter}}, cause "server" |
 * "network". Throws EntryRefused.
 */
export async function askToJoin(config, { roomLost = false, signal }) {
  const body = { device: deviceId(), room_lost: roomLost };
  if (config.asks_name) body.name = config.name;
  if (config.stay) body.meeting = config.stay; // back into that meeting, and into no later one
  let answer;
  try {
    answer = await postJson(config.join_url, body, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]),
    });
  } catch (error) {
    signal.throwIfAborted();
    const cause = error.name === "TimeoutError" ? "server" : "network";
    return { problem: { cause, retryAfter: null } };
  }
  const { status, data, retryAfter } = answer;
  if (status === 200 && data?.token) return { admission: data };
  if (status === 200 && data?.socket) return { socket: data.socket };
  if (status >= 500 || status === 429) return { problem: { cause: "server", retryAfter } };
  const kind = String(data?.type ?? "").split(":").at(-1);
  if (status === 403 && NOT_ALLOWED.includes(kind)) {
    // Without the server's sentence: the page's own says as well what one can do.
    throw new EntryRefused(kind.replaceAll("-", "_"), { retryAfter });
  }
  throw new EntryRefused(BY_STATUS[status] ?? "failed", { title: data?.title, state: data?.state });
}

/** Waits, but no longer than until the network is back. */
export async function waitOrOnline(seconds, signal) {
  let cameOnline;
  const online = new Promise((resolve) => (cameOnline = resolve));
  addEventListener("online", cameOnline, { once: true });
  try {
    await Promise.race([wait(seconds * 1000, signal), online]);
  } finally {
    removeEventListener("online", cameOnline);
  }
}
