/** The network's ups and downs: freezes the picture, says so, comes back by itself. */

import { ConnectionState, DisconnectReason, RoomEvent } from "../../vendor/livekit-client.esm.mjs";
import { startCountdown } from "./countdown.js";
import { enterRoom, MustWait } from "./entering.js";
import { EntryRefused } from "./join_request.js";
import { watchMediaPath } from "./media_path.js";
import { text } from "./texts.js";

// After these nobody should knock again by themselves; all other reasons are the network's.
const FINAL = {
  [DisconnectReason.DUPLICATE_IDENTITY]: { reason: "elsewhere", mayComeBack: true },
  [DisconnectReason.PARTICIPANT_REMOVED]: { reason: "removed", mayComeBack: false },
  [DisconnectReason.ROOM_DELETED]: { reason: "ended", mayComeBack: false },
  [DisconnectReason.ROOM_CLOSED]: { reason: "ended", mayComeBack: false },
};
// LiveKit's own attempts get this long (milliseconds); they have been seen to stop without a word.
const PATIENCE = 20_000;
// Why one does not get in again, as a reason for having left; anything else is "closed".
const REFUSED = {
  over: { reason: "ended", mayComeBack: false },
  unknown: { reason: "removed", mayComeBack: false },
  removed: { reason: "removed", mayComeBack: false },
  signed_out: { reason: "signed_out", mayComeBack: true },
  refused: { reason: "refused", mayComeBack: true },
  full: { reason: "full", mayComeBack: true },
};

/**
 * `onOver(reason, {mayComeBack, retryAfter, socket})` is called when the stay ends without the
 * person's wish; with reason "waiting", `socket` is where one waits to be let in again.
 */
export function watchConnection({ room, config, signal, banners, stage, media, onOver }) {
  const countdown = startCountdown();
  let watching = false;
  let takeOver = null; // timer
  let wasSharing = false;

  function lost() {
    if (!watching || document.body.dataset.connection === "reconnecting") return;
    wasSharing = media.isOn("share");
    takeOver = setTimeout(giveUpOnLiveKit, PATIENCE);
    document.body.dataset.connection = "reconnecting";
    stage.freeze();
    banners.show("connection", { message: text("reconnecting"), urgent: true, busy: true });
  }

  function back() {
    if (!watching || document.body.dataset.connection === "connected") return;
    countdown.stop();
    clearTimeout(takeOver);
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

  async function giveUpOnLiveKit() {
    watching = false;
    await room.disconnect();
    comeBack();
  }

  /** LiveKit gave up or its server went away: in again with a new token, for as long as it takes. */
  async function comeBack() {
    watching = false; // failed attempts are disconnections as well
    clearTimeout(takeOver);
    if (signal.aborted) return;
    try {
      await enterRoom(room, {
        config,
        signal,
        onRetry: ({ seconds }) =>
          countdown.run(seconds, (left) =>
            banners.rewrite("connection", text("reconnecting_in", { seconds: left })),
          ),
      });
      watching = true;
      back();
      media.restore();
      // A browser shares a screen only at a person's own click.
      if (wasSharing) banners.show("share-failed", { message: text("share_lost"), urgent: true });
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof MustWait) return onOver("waiting", { socket: error.socket });
      if (!(error instanceof EntryRefused)) console.error(error);
      const { reason, mayComeBack } = REFUSED[error.kind] ?? { reason: "closed", mayComeBack: true };
      onOver(reason, { mayComeBack, retryAfter: error.retryAfter });
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
      clearTimeout(takeOver);
      banners.hide("connection");
      document.body.dataset.connection = "idle";
    },
  };
}
