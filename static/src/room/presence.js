/** Tells our server that this page is in the room: at entering, now and then, and at leaving. */

import { RoomEvent } from "../../vendor/livekit-client.esm.mjs";
import { postJson } from "../lib/http.js";

const EVERY = 120_000; // milliseconds
const SPREAD = 0.2; // so that a thousand pages do not speak in the same second

export function keepPresence({ room, config, signal }) {
  let connection = ""; // LiveKit's name of it; unknown before entering
  let timer = null;

  function tell() {
    clearTimeout(timer);
    if (signal.aborted) return;
    connection = room.localParticipant.sid || connection;
    if (connection) send(false);
    timer = setTimeout(tell, EVERY * (1 + SPREAD * (Math.random() - 0.5)));
  }

  function leave() {
    clearTimeout(timer);
    if (connection) send(true);
    connection = "";
  }

  function send(leaving) {
    // One that is lost costs nothing: the next one says the same.
    postJson(`${config.api}presence`, { connection, leaving }, { keepalive: leaving }).catch(() => {});
  }

  room.on(RoomEvent.Connected, tell);
  room.on(RoomEvent.Reconnected, tell);
  addEventListener("pagehide", leave, { signal });
  signal.addEventListener("abort", leave);
}
