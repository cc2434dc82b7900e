/** Six reactions: sent from the bar, shown on the sender's tile, said together. */

import { announce } from "../lib/announce.js";
import { byId } from "../lib/elements.js";
import { gather } from "../lib/gather.js";
import { explain } from "./explaining.js";
import { personOf } from "./standing.js";
import { counted, text } from "./texts.js";

const SIGNS = {
  thumbs_up: "👍",
  applause: "👏",
  heart: "❤️",
  laugh: "😂",
  surprise: "😮",
  thinking: "🤔",
};
const SHOWN = 5000; // milliseconds on a tile
const GATHERED = 3000; // those within this time are said in one sentence

export function wireReactions({ room, wire, rights, ask, banners, stage, signal }) {
  const me = room.localParticipant;
  const opener = byId("toggle-reactions");
  const showRight = () => explain(opener, rights.reasonAgainst("react"));
  const say = gather(sayTogether, GATHERED, signal);

  for (const button of document.querySelectorAll("[data-reaction]")) {
    button.addEventListener("click", () => react(button), { signal });
  }

  async function react(button) {
    button.closest("[popover]")?.hidePopover();
    const { reaction } = button.dataset;
    const forbidden = rights.reasonAgainst("react");
    if (forbidden) return banners.show("reaction-failed", { message: forbidden, seconds: 6 });
    stage.react(personOf(me), SIGNS[reaction], SHOWN);
    const answer = await ask("POST", "reaction", { reaction });
    if (answer.ok || answer.status === 429) return; // too many at once: no news
    banners.show("reaction-failed", { message: answer.problem, seconds: 6 });
  }

  rights.onChange(showRight);
  wire.on("reaction", ({ reaction, from }) => {
    // One's own was shown at the click.
    if (!Object.hasOwn(SIGNS, reaction) || from.id === personOf(me)) return;
    stage.react(from.id, SIGNS[reaction], SHOWN);
    say({ reaction, name: from.name });
  });
}

function sayTogether(reactions) {
  const words = [...new Set(reactions.map(({ reaction }) => text(`reaction_${reaction}`)))].join(", ");
  const names = new Set(reactions.map(({ name }) => name));
  if (names.size === 1) announce(text("reaction_of", { name: [...names][0], reactions: words }));
  else announce(counted("reactions_of", names.size, { reactions: words }));
}
