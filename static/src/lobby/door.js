/** Waiting at the meeting's door: the socket that tells what is decided, and its ups and downs. */

import { secondsBeforeRetry } from "../lib/waiting.js";
import { askToJoin, EntryRefused, waitOrOnline } from "../room/join_request.js";

const NOTHING_TO_WAIT_FOR = 4404;
const TURNED_AWAY = ["refused", "removed", "locked", "over"];
const REFUSAL_SECONDS = 60; // for which the server takes no new request

/**
 * Waits at `socket`'s address until somebody decides, for as long as it takes; answers the admission.
 * Throws EntryRefused when the answer is no. When `signal` aborts, the person has given up.
 * `onHostPresent(bool)` is called on each word of the server; `onLost({cause, seconds})` before each
 * new attempt, after the line was lost.
 */
export async function waitAtDoor({ socket, config, signal, onHostPresent, onLost }) {
  let address = socket;
  let quickly = true; // once: to be sent away again and again must not become a storm
  for (let attempt = 0; ; attempt++) {
    if (address) {
      const end = await listen(address, { signal, onHostPresent });
      if (end.message?.type === "admitted") return end.message;
      if (end.message) throw turnedAway(end.message);
      if (end.wasOpen) attempt = 0;
      if (end.code !== NOTHING_TO_WAIT_FOR || !quickly) {
        const seconds = 1 + 4 * Math.random();
        onLost({ cause: "network", seconds: Math.ceil(seconds) });
        await waitOrOnline(seconds, signal);
      }
      quickly = end.code !== NOTHING_TO_WAIT_FOR;
    }
    // Asking again keeps the place, or tells what was decided meanwhile.
    const answer = await askToJoin(config, { signal });
    if (answer.admission) return answer.admission;
    address = answer.socket ?? null;
    if (address) continue;
    const seconds = secondsBeforeRetry(attempt, answer.problem.retryAfter);
    onLost({ cause: answer.problem.cause, seconds });
    await waitOrOnline(seconds, signal);
  }
}

/** {message} that decides, or {code, wasOpen} of a line that was lost. */
function listen(address, { signal, onHostPresent }) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(address);
    let wasOpen = false;

    function done(end) {
      signal.removeEventListener("abort", giveUp);
      removeEventListener("offline", lost);
      resolve(end);
    }
    function lost() {
      socket.close();
      done({ code: 0, wasOpen });
    }
    /** Says so, so that nobody decides on somebody who has gone. */
    function giveUp() {
      const leave = () => {
        socket.send(JSON.stringify({ type: "leave" }));
        socket.close(1000);
      };
      if (socket.readyState === WebSocket.OPEN) leave();
      else socket.addEventListener("open", leave);
      removeEventListener("offline", lost);
      reject(signal.reason);
    }

    socket.addEventListener("message", ({ data }) => {
      const message = JSON.parse(data);
      wasOpen = true;
      if (message.type === "waiting") onHostPresent(message.host_present);
      else if (message.type === "admitted" || TURNED_AWAY.includes(message.type)) done({ message });
    });
    socket.addEventListener("close", ({ code }) => done({ code, wasOpen }));
    addEventListener("offline", lost);
    signal.addEventListener("abort", giveUp, { once: true });
  });
}

const turnedAway = ({ type, state = "" }) =>
  new EntryRefused(type, { state, retryAfter: type === "refused" ? REFUSAL_SECONDS : null });
