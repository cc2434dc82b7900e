/** « Quitter »: at once for a participant; the host is asked whether all should go. */

import { postJson } from "../lib/http.js";
import { byId } from "../lib/elements.js";
import { text } from "./texts.js";

/** `onLeave(reason, {mayComeBack})` ends the stay. */
export function wireLeaving({ config, signal, onLeave }) {
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
    const answer = await postJson(config.end_url, {}).catch(() => null);
    endButton.disabled = false;
    if (answer && answer.status < 300) {
      dialog.close();
      onLeave("ended", { mayComeBack: false });
      return;
    }
    problem.textContent = answer?.data?.title || text("end_failed");
    problem.hidden = false;
  }

  byId("leave-only").addEventListener("click", leave, { signal });
  endButton.addEventListener("click", endForAll, { signal });
  signal.addEventListener("abort", () => dialog.close());

  return {
    ask() {
      if (!config.end_url) return leave();
      problem.hidden = true;
      dialog.showModal();
    },
  };
}
