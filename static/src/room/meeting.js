/** One stay in the room: LiveKit's Room and the parts of the screen around it. */

import { Room, setLogLevel, VideoPresets } from "../../vendor/livekit-client.esm.mjs";
import { createChat } from "../chat/chat.js";
import { byId } from "../lib/elements.js";
import { preference } from "../lib/storage.js";
import { wireLobby } from "../lobby/lobby.js";
import { createModeration } from "../moderation/panel.js";
import { createPersonMenu } from "../moderation/person_menu.js";
import { createActing } from "./acting.js";
import { playRemoteAudio } from "./audio.js";
import { keepAwake } from "./awake.js";
import { createBanners } from "./banners.js";
import { watchConnection } from "./connection.js";
import { wireControls } from "./controls.js";
import { wireDeviceChoices } from "./device_choices.js";
import { enterRoom } from "./entering.js";
import { createHands } from "./hands.js";
import { runHeader } from "./header.js";
import { wireLeaving } from "./leaving.js";
import { createMedia } from "./media.js";
import { showNotices } from "./notices.js";
import { createPanels } from "./panels.js";
import { listPeople } from "./people.js";
import { keepPresence } from "./presence.js";
import { wireReactions } from "./reactions.js";
import { watchRights } from "./rights.js";
import { wireShortcuts } from "./shortcuts.js";
import { createStage } from "./stage.js";
import { listenToServer } from "./wire.js";

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
  });
  const parts = { room, config, signal };
  parts.banners = createBanners(byId("banners"), signal);
  parts.ask = createActing(parts);
  parts.wire = listenToServer(parts);
  parts.rights = watchRights(parts);
  parts.media = createMedia(parts);
  parts.hands = createHands(parts);
  parts.stage = createStage(parts);
  parts.panels = createPanels(parts);
  parts.personMenu = createPersonMenu(parts);
  keepPresence(parts);
  showNotices(parts);
  createChat(parts);
  wireReactions(parts);
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
      createModeration({ ...parts, onEnd: () => leaving.ask() });
      parts.stage.update();
      byId("toggle-mic").focus({ preventScroll: true });
    },
  };
}
