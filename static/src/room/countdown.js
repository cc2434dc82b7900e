/** Counts seconds down on the screen while we wait for the next attempt. */

export function startCountdown() {
  let timer = null;

  function stop() {
    clearInterval(timer);
    timer = null;
  }

  return {
    /** Calls `show(seconds left)` now and each second, down to 1. */
    run(seconds, show) {
      stop();
      let left = seconds;
      show(left);
      timer = setInterval(() => {
        left -= 1;
        if (left < 1) return stop();
        show(left);
      }, 1000);
    },
    stop,
  };
}
