/** Keeps an open agenda true: a nudge over the socket asks for it again; the clock moves by itself. */

import { byId } from "../lib/elements.js";
import { liveRegion } from "./live_region.js";
import { listen } from "./nudges.js";
import { enhanceWaiting } from "./waiting_people.js";

const agenda = byId("agenda");
const offline = byId("agenda-offline");
const locale = document.documentElement.lang;
const clock = new Intl.DateTimeFormat(locale, {
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
  timeZone: agenda.dataset.zone,
});
const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
const tell = enhanceWaiting(agenda, byId("agenda-status"), { fragment: "agenda", live: () => live });
const live = liveRegion(agenda, {
  fragment: "agenda",
  onFresh(silently) {
    shownOn = dayNow();
    tell(silently);
    tick();
  },
});

let shownOn = dayNow();

function dayNow() {
  return new Date().toLocaleDateString("en-CA", { timeZone: agenda.dataset.zone });
}

/** Moves the line of the current time, and counts down to the next meeting. */
function tick() {
  const now = new Date();
  if (dayNow() !== shownOn) {
    shownOn = dayNow();
    live.refresh({ silently: true });
    return;
  }
  const line = agenda.querySelector("[data-now]");
  if (line) {
    const time = line.querySelector("time");
    time.textContent = clock.format(now);
    time.dateTime = now.toISOString();
    const next = [...agenda.querySelectorAll("[data-starts-at]")].find(
      (item) => new Date(item.dataset.startsAt) > now,
    );
    if (next && line.nextElementSibling !== next) next.before(line);
    if (!next && line.nextElementSibling) line.parentElement.append(line);
  }
  const soon = agenda.querySelector("[data-relative-to]");
  if (soon) soon.textContent = countdown(new Date(soon.dataset.relativeTo) - now);
}

/** « dans 12 minutes », « dans 3 heures »; farther away the date says enough. */
function countdown(milliseconds) {
  const minutes = Math.max(0, Math.ceil(milliseconds / 60_000));
  if (minutes < 60) return relative.format(minutes, "minute");
  const hours = Math.round(minutes / 60);
  return hours < 12 ? relative.format(hours, "hour") : "";
}

listen(agenda.dataset.socket, {
  onNudge: live.refresh,
  onState(isConnected, failures) {
    if (isConnected) agenda.dataset.connected = "true";
    else delete agenda.dataset.connected;
    offline.hidden = isConnected || failures < 1;
  },
});
setInterval(tick, 15_000);
tick();
