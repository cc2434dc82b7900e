/** Keeps an open agenda true: a nudge over the socket asks for it again; the clock moves by itself. */

import { secondsBeforeRetry } from "../lib/waiting.js";

const NOT_SIGNED_IN = 4401;
const agenda = document.getElementById("agenda");
const status = document.getElementById("agenda-status");
const offline = document.getElementById("agenda-offline");
const locale = document.documentElement.lang;
const clock = new Intl.DateTimeFormat(locale, {
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
  timeZone: agenda.dataset.zone,
});
const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });

let socket = null;
let attempt = 0;
let timer = null;
let shownOn = dayNow();

function dayNow() {
  return new Date().toLocaleDateString("en-CA", { timeZone: agenda.dataset.zone });
}

/** Asks for the agenda as it stands; keeps the reader's focus where it was. */
async function refresh({ silently = false } = {}) {
  try {
    const answer = await fetch(location.pathname, {
      headers: { "X-Fragment": "agenda" },
      cache: "no-store",
      redirect: "manual",
    });
    // The session is over: the page itself leads to the sign-in, and back.
    if (answer.type === "opaqueredirect" || answer.status === 401) return location.reload();
    if (!answer.ok) return;
    replace(await answer.text());
    shownOn = dayNow();
    if (!silently) status.textContent = status.dataset.changed;
  } catch {
    // The network is away: the socket says so and comes back.
  }
}

function replace(html) {
  const focused = agenda.contains(document.activeElement) && document.activeElement.getAttribute("href");
  const fresh = new DOMParser().parseFromString(html, "text/html");
  agenda.replaceChildren(...(fresh.getElementById("agenda") ?? fresh.body).children);
  if (focused) agenda.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  tick();
}

function connect() {
  timer = null;
  let wasOpen = false;
  socket = new WebSocket(agenda.dataset.socket);
  socket.addEventListener("open", () => {
    wasOpen = true;
    agenda.dataset.connected = "true";
    offline.hidden = true;
    if (attempt > 0) refresh({ silently: true }); // something may have been missed meanwhile
    attempt = 0;
  });
  socket.addEventListener("message", ({ data }) => {
    if (JSON.parse(data).type === "agenda_changed") refresh();
  });
  socket.addEventListener("close", ({ code }) => {
    delete agenda.dataset.connected;
    socket = null;
    if (code === NOT_SIGNED_IN) return location.reload();
    if (document.hidden) return;
    // A socket that was refused may mean that the session is over; asking again tells.
    if (!wasOpen) refresh({ silently: true });
    offline.hidden = attempt < 1;
    timer = setTimeout(connect, 1000 * secondsBeforeRetry(attempt));
    attempt += 1;
  });
}

/** Nobody looks: no connection. Somebody looks again: everything new at once. */
function onVisibility() {
  if (document.hidden) {
    clearTimeout(timer);
    timer = null;
    socket?.close();
  } else if (!socket && !timer) {
    refresh({ silently: true });
    connect();
  }
}

/** Moves the line of the current time, and counts down to the next meeting. */
function tick() {
  const now = new Date();
  if (dayNow() !== shownOn) {
    shownOn = dayNow();
    refresh({ silently: true });
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

document.addEventListener("visibilitychange", onVisibility);
setInterval(tick, 15_000);
tick();
if (!document.hidden) connect();
