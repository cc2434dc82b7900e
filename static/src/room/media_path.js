/** Notices that sound and pictures no longer pass, some ten seconds before the signalling does. */

import { RoomEvent } from "../../vendor/livekit-client.esm.mjs";

/** Calls `onCut` and `onMended` as the media's ICE transport loses and finds its way again. */
export function watchMediaPath(room, { onCut, onMended }) {
  const watched = new WeakSet();

  function watch(track) {
    const transport = (track?.receiver ?? track?.sender)?.transport?.iceTransport;
    if (!transport || watched.has(transport)) return;
    watched.add(transport);
    transport.addEventListener("statechange", () => {
      if (transport.state === "disconnected") onCut();
      else if (["connected", "completed"].includes(transport.state)) onMended();
    });
  }

  room.on(RoomEvent.TrackSubscribed, watch);
  room.on(RoomEvent.LocalTrackPublished, (publication) => watch(publication.track));
}
