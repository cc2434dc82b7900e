/** Before joining: sees oneself, hears oneself, chooses devices, then « Rejoindre ». */

import { canChooseSpeaker, fillSelect, listDevices, onDevicesChanged } from "../lib/devices.js";
import { byId, setText } from "../lib/elements.js";
import { preference, remember } from "../lib/storage.js";
import { initials } from "../room/names.js";
import { text } from "../room/texts.js";
import { capture, State } from "./capture.js";
import { followLevel } from "./level_meter.js";
import { explain } from "./permission_help.js";
import { playTestSound } from "./test_sound.js";

const KIND_OF = { audio: "audioinput", video: "videoinput" };

/**
 * Runs the page's first half. `onJoin` is called when the person wants in. `atEntry`: how each device
 * stands at first, "on", "off" or "last": as it was last on this device.
 */
export function createPrejoin({ displayName, atEntry, onJoin }) {
  const buttons = { audio: byId("prejoin-mic"), video: byId("prejoin-camera") };
  const states = { audio: State.OFF, video: State.OFF };
  const tracks = { audio: null, video: null };
  begin("micOn", atEntry.microphone);
  begin("cameraOn", atEntry.camera);
  const wanted = { audio: preference("micOn", true), video: preference("cameraOn", true) };
  const chosen = {
    audioinput: preference("audioinput", ""),
    videoinput: preference("videoinput", ""),
    audiooutput: preference("audiooutput", ""),
  };
  let stopMeter = null;
  let isRunning = false;
  const attempts = { audio: 0, video: 0 }; // answers to older attempts are thrown away

  function show() {
    for (const kind of ["audio", "video"]) {
      buttons[kind].setAttribute("aria-pressed", wanted[kind] && !isRefused(states[kind]));
      buttons[kind].dataset.state = states[kind];
    }
    const preview = byId("preview");
    preview.dataset.camera = states.video;
    const key = states.video === State.ON ? null : `preview_${states.video}`;
    setText(byId("preview-message"), key ? text(key) : "");
    if (states.audio !== State.ON) setText(byId("level-message"), text(`microphone_${states.audio}`));
    explain(states);
  }

  /** Starts what is wanted of `kinds`, and shows how it went. */
  async function start(kinds) {
    const asked = kinds.filter((kind) => wanted[kind]);
    const numbers = {};
    for (const kind of asked) {
      states[kind] = State.STARTING;
      numbers[kind] = ++attempts[kind];
    }
    show();
    const result = await capture(Object.fromEntries(asked.map((kind) => [kind, chosen[KIND_OF[kind]]])));
    for (const [kind, { track, state }] of Object.entries(result)) {
      if (numbers[kind] === attempts[kind]) take(kind, track, state);
      else track?.stop();
    }
    await refreshDevices();
    show();
  }

  function take(kind, track, state) {
    stop(kind);
    tracks[kind] = track;
    states[kind] = state;
    if (!track) return;
    track.addEventListener("ended", () => lost(kind, track));
    if (kind === "video") byId("preview-video").srcObject = new MediaStream([track]);
    else stopMeter = followLevel(track, { onLevel: drawLevel, onHeard: sayHeard });
  }

  function stop(kind) {
    attempts[kind]++;
    if (kind === "audio") {
      stopMeter?.();
      stopMeter = null;
    } else {
      byId("preview-video").srcObject = null;
    }
    tracks[kind]?.stop();
    tracks[kind] = null;
    states[kind] = State.OFF;
  }

  /** Unplugged, or the permission was taken back. */
  function lost(kind, track) {
    if (tracks[kind] !== track) return;
    stop(kind);
    start([kind]);
  }

  function toggle(kind) {
    wanted[kind] = !(wanted[kind] && !isRefused(states[kind]));
    remember(kind === "audio" ? "micOn" : "cameraOn", wanted[kind]);
    if (wanted[kind]) return start([kind]);
    stop(kind);
    show();
  }

  async function choose(deviceKind, id) {
    chosen[deviceKind] = id;
    remember(deviceKind, id);
    if (deviceKind === "audioinput" && wanted.audio) await start(["audio"]);
    if (deviceKind === "videoinput" && wanted.video) await start(["video"]);
  }

  async function refreshDevices() {
    const devices = await listDevices();
    if (!canChooseSpeaker) devices.audiooutput = [];
    for (const [deviceKind, found] of Object.entries(devices)) {
      const track = { audioinput: tracks.audio, videoinput: tracks.video }[deviceKind];
      const current = track?.getSettings().deviceId ?? chosen[deviceKind];
      const select = byId(`prejoin-${deviceKind}`);
      // Nothing to choose from: the help and the preview say why.
      select.closest(".fr-select-group").hidden = found.length === 0;
      fillSelect(select, found, current, {
        numbered: (number) => text(`${deviceKind}_numbered`, { number }),
        none: text(`${deviceKind}_none`),
      });
    }
  }

  function drawLevel(level) {
    byId("level-meter").style.setProperty("--level", level.toFixed(3));
  }

  function sayHeard(heard) {
    setText(byId("level-message"), text(heard ? "microphone_heard" : "microphone_silent"));
  }

  async function testSound() {
    const button = byId("test-sound");
    byId("test-sound-problem").hidden = true;
    button.disabled = true;
    try {
      await playTestSound(chosen.audiooutput);
    } catch {
      byId("test-sound-problem").hidden = false;
      setText(byId("test-sound-problem"), text("test_sound_failed"));
    } finally {
      button.disabled = false;
    }
  }

  buttons.audio.addEventListener("click", () => toggle("audio"));
  buttons.video.addEventListener("click", () => toggle("video"));
  for (const deviceKind of Object.keys(chosen)) {
    byId(`prejoin-${deviceKind}`).addEventListener("change", (event) =>
      choose(deviceKind, event.target.value),
    );
  }
  byId("test-sound").addEventListener("click", testSound);
  byId("permission-retry").addEventListener("click", () => start(missingKinds()));
  byId("prejoin-form").addEventListener("submit", (event) => {
    event.preventDefault();
    onJoin();
  });
  byId("preview-initials").textContent = initials(displayName);
  onDevicesChanged(() => {
    if (isRunning) refreshDevices();
  });

  function missingKinds() {
    return ["audio", "video"].filter((kind) => wanted[kind] && states[kind] !== State.ON);
  }

  /** Lets go of what still runs here. */
  function rest() {
    isRunning = false;
    stop("audio");
    stop("video");
  }

  return {
    /** Unless it runs already; after a stay, with what was last on in the room. */
    start() {
      if (isRunning) return;
      isRunning = true;
      wanted.audio = preference("micOn", wanted.audio);
      wanted.video = preference("cameraOn", wanted.video);
      start(["audio", "video"]);
    },

    rest,

    /** What was chosen, and the running tracks, which the preview lets go of. */
    handOver() {
      const choices = {
        micOn: wanted.audio && !isRefused(states.audio),
        cameraOn: wanted.video && !isRefused(states.video),
        audioTrack: tracks.audio,
        videoTrack: tracks.video,
        devices: { ...chosen },
      };
      tracks.audio = tracks.video = null;
      rest();
      return choices;
    },
  };
}

/** What the person wishes of each entry takes the place of what this browser remembers. */
function begin(name, wish) {
  if (wish !== "last") remember(name, wish === "on");
}

function isRefused(state) {
  return [State.BLOCKED, State.MISSING, State.BUSY, State.UNSUPPORTED].includes(state);
}
