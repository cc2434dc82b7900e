/** Tells the parts of the screen that the room has changed, once for many events. */

import { RoomEvent } from "../../vendor/livekit-client.esm.mjs";

const EVENTS = [
  RoomEvent.Connected,
  RoomEvent.Reconnected,
  RoomEvent.RoomMetadataChanged,
  RoomEvent.ParticipantConnected,
  RoomEvent.ParticipantDisconnected,
  RoomEvent.ParticipantNameChanged,
  RoomEvent.ParticipantAttributesChanged,
  RoomEvent.TrackPublished,
  RoomEvent.TrackUnpublished,
  RoomEvent.TrackSubscribed,
  RoomEvent.TrackUnsubscribed,
  RoomEvent.TrackMuted,
  RoomEvent.TrackUnmuted,
  RoomEvent.TrackStreamStateChanged,
  RoomEvent.LocalTrackPublished,
  RoomEvent.LocalTrackUnpublished,
  RoomEvent.ActiveSpeakersChanged,
  RoomEvent.ConnectionQualityChanged,
];

/** Calls `listener` soon after any change; returns a function that asks for one more call. */
export function onRoomChange(room, signal, listener) {
  let timer = null;
  const schedule = () => {
    // A timer, not an animation frame: a hidden tab must know as well.
    timer ??= setTimeout(() => {
      timer = null;
      if (!signal.aborted) listener();
    }, 16);
  };
  for (const event of EVENTS) room.on(event, schedule);
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  return schedule;
}
