/** The socket of who decides on the lobby: what the server says of it, and what it is told to do. */

import { secondsBeforeRetry } from "../lib/waiting.js";

const NO_LONGER_ALLOWED = 4403;

/**
 * Listens until closed. `onMessage(message)` gets each message; the first after every opening is the
 * whole lobby. `onLost()` is called when the line is lost: it comes back by itself.
 */
export function openDesk(url, { onMessage, onLost }) {
  let socket = null;
  let timer = null;
  let attempt = 0;
  let isOver = false;

  function connect() {
    clearTimeout(timer);
    const mine = new WebSocket(url);
    socket = mine;
    mine.addEventListener("message", ({ data }) => {
      if (mine !== socket) return;
      attempt = 0;
      onMessage(JSON.parse(data));
    });
    mine.addEventListener("close", ({ code }) => {
      if (mine !== socket) return;
      lose(code === NO_LONGER_ALLOWED);
    });
  }

  function lose(forGood) {
    socket = null;
    if (isOver || forGood) return;
    onLost();
    clearTimeout(timer);
    timer = setTimeout(connect, 1000 * secondsBeforeRetry(attempt++));
  }

  const isOpen = () => socket?.readyState === WebSocket.OPEN;

  /** Lets go of a line at once; its own goodbye comes late when the network is away. */
  function drop() {
    const old = socket;
    socket = null;
    old?.close();
  }

  function offline() {
    if (!socket) return;
    drop();
    lose(false);
  }
  const online = () => !socket && connect();

  addEventListener("offline", offline);
  addEventListener("online", online);
  connect();

  return {
    /** False when there is no line: then nothing was sent. */
    send(command) {
      if (!isOpen()) return false;
      socket.send(JSON.stringify(command));
      return true;
    },

    /** Asks for the whole lobby again. */
    refresh() {
      drop();
      connect();
    },

    close() {
      isOver = true;
      clearTimeout(timer);
      removeEventListener("offline", offline);
      removeEventListener("online", online);
      drop();
    },
  };
}
