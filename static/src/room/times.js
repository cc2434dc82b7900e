/** Times in the reader's own zone: the meeting's hours, the room's clock. */

import { setText } from "../lib/elements.js";

let zone; // the browser's own, unless the person prefers another

/** Tells times in this zone (IANA) from now on; the browser's for "" and for one it does not know. */
export function useZone(name) {
  try {
    zone = new Intl.DateTimeFormat("fr", { timeZone: name || undefined }).resolvedOptions().timeZone;
  } catch {
    zone = undefined;
  }
}

const formatter = (locale, options) => new Intl.DateTimeFormat(locale, { ...options, timeZone: zone });

/** Rewrites `<time data-local-time="range">` in the reader's zone. */
export function showLocalTimes(locale) {
  for (const time of document.querySelectorAll("[data-local-time=range]")) {
    const starts = new Date(time.dateTime);
    const ends = new Date(time.dataset.ends);
    if (Number.isNaN(starts.getTime()) || Number.isNaN(ends.getTime())) continue;
    const format = formatter(locale, {
      weekday: "long",
      day: "numeric",
      month: "long",
      hour: "2-digit",
      minute: "2-digit",
    });
    setText(time, format.formatRange(starts, ends));
  }
}

export const timeOfDay = (locale, date) =>
  formatter(locale, { hour: "2-digit", minute: "2-digit" }).format(date);

/** Keeps `target` at the current hour and minute; returns what stops it. */
export function runClock(target, locale) {
  let timer = null;
  const tick = () => {
    const now = new Date();
    setText(target, timeOfDay(locale, now));
    target.dateTime = now.toTimeString().slice(0, 5);
    timer = setTimeout(tick, 60_000 - (now.getTime() % 60_000) + 20);
  };
  tick();
  return () => clearTimeout(timer);
}
