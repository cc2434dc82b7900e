/** Collects what comes in quick succession, so that it is said in one sentence. */

/** A function that takes one thing; `then` gets the list, `within` milliseconds after the first. */
export function gather(then, within, signal) {
  const things = [];
  let timer = null;
  signal.addEventListener("abort", () => clearTimeout(timer));
  return (thing) => {
    things.push(thing);
    timer ??= setTimeout(() => {
      timer = null;
      then(things.splice(0));
    }, within);
  };
}
