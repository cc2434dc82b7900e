/**
 * Since when this tab waits, so that a page that is loaded again goes on waiting. Only a moment
 * later: nobody comes into a meeting because the browser has brought back yesterday's tabs.
 */

const MOMENT = 60_000; // milliseconds; the server keeps the place less long
const key = (slug) => `visio.waiting.${slug}`;

let held = null; // {slug, since} while one waits

addEventListener("pagehide", () => {
  if (!held) return;
  try {
    sessionStorage.setItem(key(held.slug), JSON.stringify({ since: held.since, left: Date.now() }));
  } catch {
    // storage is forbidden here: a page that is loaded again does not wait
  }
});

/** Since when this tab waited until it was loaded again just now; null when it did not. */
function waitedSince(slug) {
  try {
    const { since, left } = JSON.parse(sessionStorage.getItem(key(slug)));
    return Date.now() - left < MOMENT ? new Date(since) : null;
  } catch {
    return null; // nothing is kept, or storage is forbidden
  }
}

export const hasWaited = (slug) => waitedSince(slug) !== null;

/** Waits from now on, or goes on waiting; answers since when. */
export function takePlace(slug) {
  held ??= { slug, since: waitedSince(slug) ?? new Date() };
  return held.since;
}

export function givePlaceUp() {
  if (!held) return;
  try {
    sessionStorage.removeItem(key(held.slug));
  } catch {
    // as above
  }
  held = null;
}
