/** What we send: microphone, camera, screen; and what we want to send after a reconnection. */

import {
  LocalAudioTrack,
  LocalVideoTrack,
  RoomEvent,
  Track,
} from "../../vendor/livekit-client.esm.mjs";
import { announce } from "../lib/announce.js";
import { remember } from "../lib/storage.js";
import { constraintsFor, reasonOf, State } from "../prejoin/capture.js";
import { personOf } from "./standing.js";
import { text } from "./texts.js";

// What each thing that is sent is called among the rights, and at LiveKit.
const RIGHTS = { mic: "microphone", camera: "camera", share: "share" };
const SOURCES = {
  mic: [Track.Source.Microphone],
  camera: [Track.Source.Camera],
  share: [Track.Source.ScreenShare, Track.Source.ScreenShareAudio],
};

export function createMedia({ room, rights, wire, banners, signal }) {
  const me = room.localParticipant;
  const wants = { micOn: false, cameraOn: false };
  const listeners = new Set();
  const busy = new Set(); // "mic", "camera", "share" while a change is under way

  const changed = () => listeners.forEach((listener) => listener());

  async function change(name, action) {
    if (busy.has(name)) return;
    busy.add(name);
    changed();
    try {
      await action();
      banners.hide(`${name}-failed`);
    } catch (error) {
      fail(name, error);
    } finally {
      busy.delete(name);
      changed();
    }
  }

  function fail(name, error) {
    const forbidden = rights.reasonAgainst(RIGHTS[name]);
    if (forbidden) return refuse(name, forbidden);
    const reason = reasonOf(error);
    if (name === "share") {
      if (reason === State.BLOCKED) return; // the person closed the browser's window: no news
      banners.show("share-failed", { message: text("share_failed"), urgent: true });
      return;
    }
    if (name === "mic") wants.micOn = false;
    else wants.cameraOn = false;
    banners.show(`${name}-failed`, { message: text(`${reason}_title_${name}`), urgent: true });
  }

  function refuse(name, reason) {
    banners.show(`${name}-refused`, { message: reason, seconds: 8, urgent: true });
  }

  /** Like `change`, for what the person asks: a button that is switched off says why. */
  function changeTo(name, on, action) {
    const forbidden = on && rights.reasonAgainst(RIGHTS[name]);
    if (forbidden) refuse(name, forbidden);
    else change(name, action);
  }

  const setMic = (on) =>
    changeTo("mic", on, async () => {
      await me.setMicrophoneEnabled(on);
      wants.micOn = on;
      remember("micOn", on);
      announce(text(on ? "mic_on" : "mic_off"));
    });

  const setCamera = (on) =>
    changeTo("camera", on, async () => {
      await me.setCameraEnabled(on);
      wants.cameraOn = on;
      remember("cameraOn", on);
      announce(text(on ? "camera_on" : "camera_off"));
    });

  const setShare = (on) =>
    changeTo("share", on, async () => {
      await me.setScreenShareEnabled(on, {
        audio: true,
        contentHint: "detail",
        selfBrowserSurface: "exclude",
        surfaceSwitching: "include",
        systemAudio: "include",
      });
      announce(text(on ? "share_on" : "share_off"));
    });

  /** Sends a track that the preview already runs, or opens the device now. */
  async function publish(name, track, deviceId) {
    if (!track || track.readyState === "ended") {
      return name === "mic" ? me.setMicrophoneEnabled(true) : me.setCameraEnabled(true);
    }
    const local =
      name === "mic"
        ? new LocalAudioTrack(track, constraintsFor.audio(deviceId), false)
        : new LocalVideoTrack(track, constraintsFor.video(deviceId), false);
    const source = name === "mic" ? Track.Source.Microphone : Track.Source.Camera;
    return me.publishTrack(local, { source });
  }

  /** Stops what is no longer allowed; nothing of it starts again by itself. */
  function obey() {
    for (const [name, right] of Object.entries(RIGHTS)) {
      if (rights.may(right)) {
        banners.hide(`${name}-refused`);
        continue;
      }
      if (name !== "share") wants[`${name}On`] = false;
      for (const source of SOURCES[name]) {
        const track = me.getTrackPublication(source)?.track;
        if (track) me.unpublishTrack(track, true).catch(() => {}); // LiveKit takes it out as well
      }
    }
    changed();
  }

  /** A host can mute the microphone: after a reconnection it stays so. */
  function noteMuted(publication, participant) {
    if (participant === me && publication.source === Track.Source.Microphone && !busy.has("mic")) {
      wants.micOn = false;
    }
  }

  /** News may come through while LiveKit's own orders do not: one is muted all the same. */
  function muteWhileCut({ what, person }) {
    if (document.body.dataset.connection === "connected") return;
    const concernsMe = what === "muted_all" ? !rights.may("moderate") : what === "muted" && person?.id === personOf(me);
    if (!concernsMe) return;
    wants.micOn = false;
    if (me.isMicrophoneEnabled) me.setMicrophoneEnabled(false).catch(() => {});
  }

  rights.onChange(obey);
  wire.on("notice", muteWhileCut);
  room.on(RoomEvent.TrackMuted, noteMuted);
  for (const event of [
    RoomEvent.LocalTrackPublished,
    RoomEvent.LocalTrackUnpublished,
    RoomEvent.TrackMuted,
    RoomEvent.TrackUnmuted,
    RoomEvent.ParticipantPermissionsChanged,
  ]) {
    room.on(event, changed);
  }
  signal.addEventListener("abort", () => listeners.clear());

  return {
    setMic,
    setCamera,
    setShare,

    /** Calls `listener` at each change of what is sent. */
    onChange: (listener) => listeners.add(listener),

    isOn: (name) =>
      ({
        mic: me.isMicrophoneEnabled,
        camera: me.isCameraEnabled,
        share: me.isScreenShareEnabled,
      })[name],

    isBusy: (name) => busy.has(name),

    wants: () => ({ ...wants }),

    /** Right after entering: sends what was chosen before joining. */
    start({ micOn, cameraOn, audioTrack, videoTrack, devices = {}, speaker }) {
      if (devices.audioinput) room.options.audioCaptureDefaults.deviceId = { ideal: devices.audioinput };
      if (devices.videoinput) room.options.videoCaptureDefaults.deviceId = { ideal: devices.videoinput };
      if (speaker) room.switchActiveDevice("audiooutput", speaker).catch(() => {});
      Object.assign(wants, {
        micOn: Boolean(micOn) && rights.may("microphone"),
        cameraOn: Boolean(cameraOn) && rights.may("camera"),
      });
      if (wants.micOn) change("mic", () => publish("mic", audioTrack, devices.audioinput));
      else audioTrack?.stop();
      if (wants.cameraOn) change("camera", () => publish("camera", videoTrack, devices.videoinput));
      else videoTrack?.stop();
    },

    /** After a new entry into the same room: sends again what was sent before. */
    restore() {
      obey();
      if (wants.micOn) change("mic", () => me.setMicrophoneEnabled(true));
      if (wants.cameraOn) change("camera", () => me.setCameraEnabled(true));
    },
  };
}
