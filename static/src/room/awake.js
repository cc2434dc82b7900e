/** Keeps the screen of a phone or laptop from going dark during the meeting. */

export function keepAwake({ signal }) {
  if (!navigator.wakeLock) return;
  let lock = null;

  const hold = async () => {
    if (document.hidden || signal.aborted) return;
    try {
      lock = await navigator.wakeLock.request("screen");
    } catch {
      lock = null; // battery saver: the screen may go dark
    }
  };
  // The browser lets go of the lock whenever the page is hidden.
  document.addEventListener("visibilitychange", hold, { signal });
  signal.addEventListener("abort", () => lock?.release());
  hold();
}
