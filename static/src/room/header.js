/** The head of the room: the clock, and whether it is locked. (People come from people.js.) */

import { byId } from "../lib/elements.js";
import { roomRules } from "./standing.js";
import { runClock } from "./times.js";

export function runHeader({ room, rights, config, signal }) {
  const showLock = () => (byId("room-locked").hidden = !roomRules(room).locked);
  rights.onChange(showLock);
  showLock();

  const stop = runClock(byId("room-clock"), config.locale);
  signal.addEventListener("abort", stop);
}
