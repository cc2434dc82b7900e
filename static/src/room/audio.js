/** The others' sound: one hidden element each, and the way out when the browser forbids sound. */

import { RoomEvent, Track } from "../../vendor/livekit-client.esm.mjs";
import { byId } from "../lib/elements.js";
import { text } from "./texts.js";

export function playRemoteAudio({ room, signal, banners }) {
  const container = byId("remote-audio");

  room.on(RoomEvent.TrackSubscribed, (track, publication, participant) => {
    if (track.kind !== Track.Kind.Audio) return;
    const player = track.attach();
    player.dataset.participant = participant.identity;
    container.append(player);
  });
  room.on(RoomEvent.TrackUnsubscribed, (track) => {
    if (track.kind !== Track.Kind.Audio) return;
    for (const player of track.detach()) player.remove();
  });
  room.on(RoomEvent.Disconnected, () => container.replaceChildren());
  room.on(RoomEvent.AudioPlaybackStatusChanged, () => {
    if (room.canPlaybackAudio) return banners.hide("sound");
    banners.show("sound", {
      message: text("sound_blocked"),
      action: { label: text("sound_start"), run: () => room.startAudio() },
      urgent: true,
    });
  });
  signal.addEventListener("abort", () => container.replaceChildren());
}
