/** One stay in the room: LiveKit's Room and the parts of the screen around it. */

import { Room, setLogLevel, VideoPresets } from "../../vendor/livekit-client.esm.mjs";
import { byId } from "../lib/elements.js";
import { preference } from "../lib/storage.js";
import { wireLobby } from "../lobby/lobby.js";
import { playRemoteAudio } from "./audio.js";
import { keepAwake } from "./awake.js";
import { createBanners } from "./banners.js";
import { createChat } from "./chat.js";
import { watchConnection } from "./connection.js";
import { wireControls } from "./controls.js";
import { wireDeviceChoices } from "./device_choices.js";
import { enterRoom } from "./entering.js";
import { runHeader } from "./header.js";
import { wireLeaving } from "./leaving.js";
import { createMedia } from "./media.js";
import { createPanels } from "./panels.js";
import { listPeople } from "./people.js";
import { wireShortcuts } from "./shortcuts.js";
import { createStage } from "./stage.js";

setLogLevel("warn");

/**
 * `onLeft({reason, mayComeBack, retryAfter, socket, last})` is called once, when the stay is over;
 * with reason "waiting", `socket` is where one waits to be let in again.
 */
export function createMeeting({ config, onLeft }) {
  const life = new AbortController();
  const { signal } = life;
  const room = new Room({
    adaptiveStream: true,
    dynacast: true,
    disconnectOnPageLeave: true,
    publishDefaults: { simulcast: true, dtx: true, red: true },
    videoCaptureDefaults: { resolution: VideoPresets.h720.resolution },
    dataStream: { maxPayloadByteLength: 64_000 },
  });
  const parts = { room, config, signal };
  parts.banners = createBanners(byId("banners"), signal);
  parts.media = createMedia(parts);
  parts.stage = createStage(parts);
  parts.panels = createPanels(parts);
  parts.chat = createChat(parts);
  playRemoteAudio(parts);
  listPeople(parts);
  const connection = watchConnection({ ...parts, onOver: end });

  function end(reason, { mayComeBack = true, retryAfter = null, socket = null } = {}) {
    if (signal.aborted) return;
    const last = parts.media.wants();
    life.abort();
    connection.stop();
    room.disconnect();
    parts.panels.close({ focus: false });
    if (document.fullscreenElement) document.exitFullscreen();
    onLeft({ reason, mayComeBack, retryAfter, socket, last });
  }

  return {
    /** Gets in and starts to send. Rejects as enterRoom does; then nothing is left behind. */
    async enter({ signal: cancelled, admission, onRetry, chooseTracks }) {
      try {
        await enterRoom(room, { config, admission, signal: cancelled, onRetry });
      } catch (error) {
        life.abort();
        throw error;
      }
      connection.start();
      const choices = chooseTracks();
      parts.media.start({ ...choices, speaker: preference("audiooutput", "") });
    },

    /** Wires what only makes sense once the room is on the screen. */
    show() {
      wireControls({ ...parts, onLeave: () => leaving.ask() });
      wireDeviceChoices(parts);
      wireShortcuts(parts);
      runHeader(parts);
      keepAwake(parts);
      wireLobby(parts);
      const leaving = wireLeaving({ ...parts, onLeave: end });
      parts.stage.update();
      byId("toggle-mic").focus({ preventScroll: true });
    },
  };
}
