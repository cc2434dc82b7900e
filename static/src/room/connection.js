/** The network's ups and downs: freezes the picture, says so, comes back by itself. */

import { ConnectionState, DisconnectReason, RoomEvent } from "../../vendor/livekit-client.esm.mjs";
import { EntryRefused, enterRoom } from "./entering.js";
import { startCountdown } from "./countdown.js";
import { watchMediaPath } from "./media_path.js";
import { text } from "./texts.js";

// After these nobody should knock again by themselves; all other reasons are the network's.
const FINAL = {
  [DisconnectReason.DUPLICATE_IDENTITY]: { reason: "elsewhere", mayComeBack: true },
  [DisconnectReason.PARTICIPANT_REMOVED]: { reason: "removed", mayComeBack: false },
  [DisconnectReason.ROOM_DELETED]: { reason: "ended", mayComeBack: false },
  [DisconnectReason.ROOM_CLOSED]: { reason: "ended", mayComeBack: false },
};
const REFUSED = { over: "ended", unknown: "removed", signed_out: "signed_out", refused: "removed" };

/** `onOver(reason, {mayComeBack})` is called when the stay ends without the person's wish. */
export function watchConnection({ room, config, signal, banners, stage, media, onOver }) {
  const countdown = startCountdown();
  let watching = false;

  function lost() {
    if (!watching) return;
    document.body.dataset.connection = "reconnecting";
    stage.freeze();
    banners.show("connection", { message: text("reconnecting"), urgent: true, busy: true });
  }

  function back() {
    if (!watching || document.body.dataset.connection === "connected") return;
    countdown.stop();
    document.body.dataset.connection = "connected";
    stage.thaw();
    banners.show("connection", { message: text("reconnected"), seconds: 4 });
  }

  function disconnected(reason) {
    if (!watching) return;
    const final = FINAL[reason];
    if (final) return onOver(final.reason, final);
    lost();
    comeBack();
  }

  /** LiveKit gave up or its server went away: in again with a new token, for as long as it takes. */
  async function comeBack() {
    watching = false; // failed attempts are disconnections as well
    try {
      await enterRoom(room, {
        joinUrl: config.join_url,
        signal,
        onWaiting: ({ seconds }) =>
          countdown.run(seconds, (left) =>
            banners.rewrite("connection", text("reconnecting_in", { seconds: left })),
          ),
      });
      watching = true;
      back();
      media.restore();
    } catch (error) {
      if (signal.aborted) return;
      const kind = error instanceof EntryRefused ? error.kind : "refused";
      onOver(REFUSED[kind] ?? "removed", { mayComeBack: kind === "signed_out" });
    }
  }

  room.on(RoomEvent.SignalReconnecting, lost);
  room.on(RoomEvent.Reconnecting, lost);
  room.on(RoomEvent.Reconnected, back);
  room.on(RoomEvent.Disconnected, disconnected);
  watchMediaPath(room, {
    onCut: lost,
    onMended: () => room.state === ConnectionState.Connected && back(),
  });

  return {
    start() {
      watching = true;
      document.body.dataset.connection = "connected";
    },
    stop() {
      watching = false;
      countdown.stop();
      banners.hide("connection");
      document.body.dataset.connection = "idle";
    },
  };
}
