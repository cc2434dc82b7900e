/** Since when this tab waits for a meeting, so that a page that is loaded again goes on waiting. */

const key = (slug) => `visio.waiting.${slug}`;

/** The moment as a Date, or null when this tab does not wait. */
export function waitingSince(slug) {
  try {
    const since = new Date(sessionStorage.getItem(key(slug)) ?? NaN);
    return Number.isNaN(since.getTime()) ? null : since;
  } catch {
    return null; // storage is forbidden here: a page that is loaded again asks anew
  }
}

/** Starts to wait, unless one waits already. */
export function takePlace(slug, now) {
  try {
    if (!waitingSince(slug)) sessionStorage.setItem(key(slug), now.toISOString());
  } catch {
    // as above
  }
}

export function givePlaceUp(slug) {
  try {
    sessionStorage.removeItem(key(slug));
  } catch {
    // as above
  }
}
