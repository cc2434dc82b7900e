/** From the click to the room: asks the server for a token, connects, and tries again when it must. */

import { postJson } from "../lib/http.js";
import { deviceId } from "../lib/storage.js";
import { secondsBeforeRetry, wait } from "../lib/waiting.js";

const PATIENCE = 15_000; // milliseconds for the join API to answer

/** The server said no for good. `kind`: "signed_out" | "unknown" | "over" | "refused". */
export class EntryRefused extends Error {
  constructor(kind, title) {
    super(kind);
    this.kind = kind;
    this.title = title; // the server's sentence for people, or ""
  }
}

const REFUSALS = { 401: "signed_out", 403: "refused", 404: "unknown", 409: "over", 410: "over" };

/**
 * Enters `room` (LiveKit's). Goes on trying until it is in, refused (EntryRefused) or `signal`
 * aborts. `onWaiting({cause, seconds})` is called before each wait; cause "server" | "network".
 */
export async function enterRoom(room, { joinUrl, signal, onWaiting, roomLost = false }) {
  for (let attempt = 0; ; attempt++) {
    signal.throwIfAborted();
    const { admission, problem } = await askToJoin(joinUrl, roomLost, signal);
    if (admission) {
      const failure = await connect(room, admission, signal);
      if (!failure) return admission;
      // The server believes in a room that LiveKit has lost (it restarted): ask for a new one, now.
      const newlyLost = failure.status === 404 && !roomLost;
      roomLost = failure.status === 404;
      if (newlyLost) continue;
    }
    const seconds = secondsBeforeRetry(attempt, problem?.retryAfter);
    onWaiting({ cause: problem?.cause ?? "server", seconds });
    await waitOrOnline(seconds, signal);
  }
}

/** {admission} or {problem: {cause, retryAfter}}; throws EntryRefused. */
async function askToJoin(joinUrl, roomLost, signal) {
  let answer;
  try {
    answer = await postJson(
      joinUrl,
      { device: deviceId(), room_lost: roomLost },
      { signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]) },
    );
  } catch (error) {
    signal.throwIfAborted();
    const cause = error.name === "TimeoutError" ? "server" : "network";
    return { problem: { cause, retryAfter: null } };
  }
  if (answer.status === 200 && answer.data?.token) return { admission: answer.data };
  const kind = REFUSALS[answer.status] ?? (isTemporary(answer.status) ? null : "refused");
  if (kind) throw new EntryRefused(kind, answer.data?.title ?? "");
  return { problem: { cause: "server", retryAfter: answer.retryAfter } };
}

const isTemporary = (status) => status >= 500 || status === 429;

/** Null when connected, else LiveKit's error. */
async function connect(room, admission, signal) {
  const abort = () => room.disconnect();
  signal.addEventListener("abort", abort, { once: true });
  try {
    await room.connect(admission.url, admission.token, { maxRetries: 0, websocketTimeout: 8000 });
    return null;
  } catch (error) {
    signal.throwIfAborted();
    return error;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** Waits, but no longer than until the network is back. */
async function waitOrOnline(seconds, signal) {
  let cameOnline;
  const online = new Promise((resolve) => (cameOnline = resolve));
  addEventListener("online", cameOnline, { once: true });
  try {
    await Promise.race([wait(seconds * 1000, signal), online]);
  } finally {
    removeEventListener("online", cameOnline);
  }
}
