/** « Modérer »: what holds for everybody, in one panel. */

import { byId, setAttributes, setText } from "../lib/elements.js";
import { roomRules } from "../room/standing.js";
import { counted, text } from "../room/texts.js";
import { createWish } from "../room/wish.js";
import { listBarred } from "./barred.js";

const OPENING = ["moderate", "lock", "end"]; // any of these rights opens the panel

export function createModeration({ room, rights, ask, hands, wire, panels, config, signal, onEnd }) {
  const panel = byId("panel-moderate");
  const problem = byId("moderate-problem");
  const rules = () => roomRules(room);
  const switches = [
    wireSwitch(byId("lock-room"), {
      read: () => rules().locked,
      send: (locked) => ask("POST", "lock", { locked }),
    }),
    ...[...panel.querySelectorAll("[data-right]")].map((input) =>
      wireSwitch(input, {
        read: () => rules().allowed[input.dataset.right] !== false,
        send: (allowed) => ask("POST", "rights", { rights: { [input.dataset.right]: allowed } }),
      }),
    ),
  ];
  const barred = listBarred({ ask, wire, panels, config, signal, show: showProblem });

  function wireSwitch(input, { read, send }) {
    const show = () => {
      input.checked = wish.value();
      setAttributes(input, { "aria-busy": wish.isBusy() });
    };
    const wish = createWish({ read, send, show });
    input.addEventListener(
      "change",
      async () => {
        const answer = await wish.ask(input.checked);
        if (answer) showProblem(answer);
        else show(); // the one before is still under way
      },
      { signal },
    );
    return show;
  }

  function wireAct(id, path) {
    const button = byId(id);
    button.addEventListener(
      "click",
      async () => {
        if (button.ariaDisabled === "true") return;
        setAttributes(button, { "aria-busy": true, "aria-disabled": true });
        showProblem(await ask("POST", path, {}));
        setAttributes(button, { "aria-busy": null, "aria-disabled": null });
        show();
      },
      { signal },
    );
  }

  function showProblem({ problem: words }) {
    if (!signal.aborted) setText(problem, words);
  }

  function show() {
    if (signal.aborted) return;
    const opens = OPENING.some(rights.may);
    for (const opener of document.querySelectorAll("#toggle-moderate, [data-press=toggle-moderate]")) {
      opener.hidden = !opens;
    }
    if (!opens && panels.isOpen("moderate")) panels.close();
    for (const part of panel.querySelectorAll("[data-may]")) part.hidden = !rights.may(part.dataset.may);
    // Where the ministry has no chat, its switch would change nothing.
    byId("allow-chat").hidden = !rights.may("chat");
    showHands();
    switches.forEach((showSwitch) => showSwitch());
  }

  function showHands() {
    const count = hands.count();
    const button = byId("lower-hands");
    if (!button.ariaBusy) setAttributes(button, { "aria-disabled": count === 0 ? true : null });
    setText(byId("lower-hands-count"), count ? counted("hands_count", count) : text("hands_none"));
  }

  wireAct("mute-all", "mute");
  wireAct("lower-hands", "lower-hands");
  byId("moderate-end").addEventListener("click", onEnd, { signal });
  byId("toggle-moderate").addEventListener("click", () => panels.toggle("moderate"), { signal });
  rights.onChange(show);
  panels.onChange(() => {
    if (!panels.isOpen("moderate")) return;
    setText(problem, "");
    show();
    if (rights.may("moderate")) barred.load();
  });
  hands.onChange(showHands);
  show();
}
