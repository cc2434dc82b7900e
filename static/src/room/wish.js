/** A switch that shows its effect at once: what was asked counts until the server has written it. */

const PATIENCE = 4000; // milliseconds between the server's answer and what LiveKit brings of it

/** `read()`: what is written now; `send(value)` as `ask` of acting.js; `show()` after each change. */
export function createWish({ read, send, show }) {
  let wished = null;
  let asked = 0; // a later wish is not ended by an earlier one's timer

  function forget(number) {
    if (number !== asked || wished === null) return;
    wished = null;
    show();
  }

  return {
    value() {
      if (wished === read()) wished = null;
      return wished ?? read();
    },

    isBusy: () => wished !== null,

    /** Answers as `send`; null while another wish is under way. */
    async ask(value) {
      if (wished !== null) return null;
      wished = value;
      const number = ++asked;
      show();
      const answer = await send(value);
      if (answer.ok) setTimeout(forget, PATIENCE, number);
      else forget(number);
      return answer;
    },
  };
}
