/** The agenda's socket: says that something changed, never what. It comes back by itself. */

import { secondsBeforeRetry } from "../lib/waiting.js";

const NOT_SIGNED_IN = 4401;

/**
 * Calls `onNudge({ silently })` after each nudge, and silently after each silence, in which
 * something may have been missed. `onState(isConnected, failures)` tells how the line is.
 */
export function listen(url, { onNudge, onState = () => {} }) {
  let socket = null;
  let attempt = 0;
  let timer = null;

  function connect() {
    timer = null;
    let wasOpen = false;
    socket = new WebSocket(url);
    socket.addEventListener("open", () => {
      wasOpen = true;
      onState(true, 0);
      if (attempt > 0) onNudge({ silently: true });
      attempt = 0;
    });
    socket.addEventListener("message", ({ data }) => {
      if (JSON.parse(data).type === "agenda_changed") onNudge({ silently: false });
    });
    socket.addEventListener("close", ({ code }) => {
      socket = null;
      if (code === NOT_SIGNED_IN) return location.reload();
      onState(false, document.hidden ? 0 : attempt);
      if (document.hidden) return;
      // A socket that was refused may mean that the session is over; asking again tells.
      if (!wasOpen) onNudge({ silently: true });
      timer = setTimeout(connect, 1000 * secondsBeforeRetry(attempt));
      attempt += 1;
    });
  }

  // Nobody looks: no connection. Somebody looks again: everything new at once.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      clearTimeout(timer);
      timer = null;
      socket?.close();
    } else if (!socket && !timer) {
      onNudge({ silently: true });
      connect();
    }
  });
  if (!document.hidden) connect();
}
