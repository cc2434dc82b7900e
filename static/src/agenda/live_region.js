/** A part of the page that is asked for again as it stands, without taking the reader's place. */

import { byId } from "../lib/elements.js";
import { wait } from "../lib/waiting.js";

const SPACING = 1000; // two hundred people may knock in the same second

/** Does `work` at once, then at most once per `spacing`: calls in between are done together. */
export function coalesce(work, spacing = SPACING) {
  let running = false;
  let wanted = false;
  return async function ask() {
    wanted = true;
    if (running) return;
    running = true;
    while (wanted) {
      wanted = false;
      await Promise.all([work(), wait(spacing)]);
    }
    running = false;
  };
}

/**
 * Keeps `region` true. `fragment` names the part for the server; `onFresh(silently)` is called
 * after each replacement. Answers { refresh, replace }.
 */
export function liveRegion(region, { fragment, onFresh }) {
  let silent = true;

  const ask = coalesce(async () => {
    const silently = silent;
    silent = true;
    try {
      const answer = await fetch(location.pathname + location.search, {
        headers: { "X-Fragment": fragment },
        cache: "no-store",
        redirect: "manual",
      });
      // The session is over: the page itself leads to the sign-in, and back.
      if (answer.type === "opaqueredirect" || answer.status === 401) return location.reload();
      if (answer.ok) replace(await answer.text(), silently);
    } catch {
      // The network is away: the socket says so and comes back.
    }
  });

  function refresh({ silently = false } = {}) {
    silent &&= silently;
    ask();
  }

  function replace(html, silently) {
    const place = placeIn(region);
    const fresh = new DOMParser().parseFromString(html, "text/html");
    const messages = fresh.getElementById("messages");
    messages?.remove();
    if (messages?.childElementCount) byId("messages").replaceChildren(...messages.children);
    region.replaceChildren(...(fresh.getElementById(region.id) ?? fresh.body).children);
    if (place) findPlace(region, place)?.focus({ preventScroll: true });
    onFresh(silently);
  }

  return { refresh, replace };
}

/** Where the focus is in a region, in words that outlive its elements; null when it is elsewhere. */
function placeIn(region) {
  const active = document.activeElement;
  if (!region.contains(active)) return null;
  const person = active.closest("[data-person]");
  return {
    href: active.getAttribute("href"),
    form: active.form?.getAttribute("action"),
    person: person?.dataset.person,
    row: person ? [...person.parentElement.children].indexOf(person) : 0,
    key: active.dataset.key,
  };
}

/** The same element; where a person has left the list, the next one's; where all have, a link. */
function findPlace(region, { href, form, person, row, key }) {
  if (href) return region.querySelector(`[href="${CSS.escape(href)}"]`);
  const list = form && region.querySelector(`form[action="${CSS.escape(form)}"]`);
  if (!list) return region.querySelector("a") ?? byId("content");
  const rows = [...list.querySelectorAll("[data-person]")];
  const same = rows.find((one) => one.dataset.person === person) ?? rows[Math.min(row, rows.length - 1)];
  return same?.querySelector(`[data-key="${key}"]`) ?? list.querySelector("button");
}
