/** Into the room: with a token from the server, again when it must. */

import { secondsBeforeRetry } from "../lib/waiting.js";
import { askToJoin, waitOrOnline } from "./join_request.js";

/** Somebody has to decide first; `socket` is the address where one waits. */
export class MustWait extends Error {
  constructor(socket) {
    super("must wait");
    this.socket = socket;
  }
}

/**
 * Enters `room` (LiveKit's), with an `admission` that one already has or a new one. Goes on trying
 * until it is in, refused (EntryRefused), sent to wait (MustWait) or `signal` aborts.
 * `onRetry({cause, seconds})` is called before each new attempt; cause "server" | "network".
 */
export async function enterRoom(room, { config, admission = null, signal, onRetry }) {
  let given = admission;
  let roomLost = false;
  for (let attempt = 0; ; attempt++) {
    signal.throwIfAborted();
    const isGiven = Boolean(given);
    const answer = isGiven ? { admission: given } : await askToJoin(config, { roomLost, signal });
    given = null;
    if (answer.socket) throw new MustWait(answer.socket);
    if (answer.admission) {
      const failure = await connect(room, answer.admission, signal);
      if (!failure) {
        config.stay = answer.admission.room.meeting;
        return answer.admission;
      }
      // The server believes in a room that LiveKit has lost (it restarted): ask for a new one, now.
      const newlyLost = failure.status === 404 && !roomLost;
      roomLost = failure.status === 404;
      // An admission that was given may be too old by now.
      if (newlyLost || isGiven) continue;
    }
    const seconds = secondsBeforeRetry(attempt, answer.problem?.retryAfter);
    onRetry({ cause: answer.problem?.cause ?? "server", seconds });
    await waitOrOnline(seconds, signal);
  }
}

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
