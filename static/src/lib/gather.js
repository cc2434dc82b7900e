/** Collects what comes in quick succession, so that it is said in one sentence. */

/** A function that takes one item; `then` gets the list, `milliseconds` after its first. */
export function gather(then, milliseconds, signal) {
  const items = [];
  let timer = null;
  signal.addEventListener("abort", () => clearTimeout(timer));
  return (item) => {
    items.push(item);
    timer ??= setTimeout(() => {
      timer = null;
      then(items.splice(0));
    }, milliseconds);
  };
}
