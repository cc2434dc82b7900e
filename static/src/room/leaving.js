/** « Quitter »: at once for a participant; who may end it is asked whether all should go. */

import { byId } from "../lib/elements.js";

/** `onLeave(reason, {mayComeBack})` ends the stay. */
export function wireLeaving({ ask, rights, signal, onLeave }) {
  const dialog = byId("leave-dialog");
  const problem = byId("end-problem");
  const endButton = byId("end-for-all");

  function leave() {
    dialog.close();
    onLeave("left");
  }

  async function endForAll() {
    endButton.disabled = true;
    problem.hidden = true;
    const answer = await ask("POST", "end", {});
    endButton.disabled = false;
    if (answer.ok) {
      dialog.close();
      onLeave("ended", { mayComeBack: false });
      return;
    }
    problem.textContent = answer.problem;
    problem.hidden = false;
  }

  byId("leave-only").addEventListener("click", leave, { signal });
  endButton.addEventListener("click", endForAll, { signal });
  signal.addEventListener("abort", () => dialog.close());

  return {
    ask() {
      if (!rights.may("end")) return leave();
      problem.hidden = true;
      dialog.showModal();
    },
  };
}
