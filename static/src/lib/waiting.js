/** Waiting that can be cancelled, and how long to wait between two attempts. */

/** Resolves after `milliseconds`; rejects with the signal's reason when it aborts. */
export function wait(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", stop, { once: true });
  });
}

/**
 * Seconds before attempt `attempt` (from 0): doubling up to 20 s, at least what the server asked
 * for, and spread by up to half so that a thousand browsers do not come back in the same second.
 */
export function secondsBeforeRetry(attempt, asked = null) {
  const base = Math.max(Math.min(2 ** attempt, 20), asked ?? 0);
  return Math.ceil(base * (1 + Math.random() / 2));
}
