/** The head of the room: the clock. (Title and lock come from the page, people from people.js.) */

import { byId } from "../lib/elements.js";
import { runClock } from "./times.js";

export function runHeader({ config, signal }) {
  const stop = runClock(byId("room-clock"), config.locale);
  signal.addEventListener("abort", stop);
}
