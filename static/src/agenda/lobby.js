/** A meeting's page, for its host: who waits stands there as it is. */

import { byId } from "../lib/elements.js";
import { liveRegion } from "./live_region.js";
import { listen } from "./nudges.js";
import { enhanceWaiting } from "./waiting_people.js";

const lobby = byId("lobby");
const tell = enhanceWaiting(lobby, byId("lobby-status"), { fragment: "lobby", live: () => live });
const live = liveRegion(lobby, { fragment: "lobby", onFresh: tell });

listen(lobby.dataset.socket, {
  onNudge: live.refresh,
  onState: (isConnected) => lobby.toggleAttribute("data-connected", isConnected),
});
