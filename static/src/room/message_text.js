/** A chat message as nodes: plain text, with safe links for http and https addresses. */

import { element } from "../lib/elements.js";

const ADDRESS = /\bhttps?:\/\/[^\s<>"']+/gi;
const TRAILING = /[.,;:!?…»)\]}]+$/;

/** A DocumentFragment; nothing of `message` is ever read as HTML. */
export function messageNodes(message) {
  const nodes = document.createDocumentFragment();
  let from = 0;
  for (const match of message.matchAll(ADDRESS)) {
    const address = match[0].replace(TRAILING, "");
    const href = safeHref(address);
    if (!href) continue;
    nodes.append(message.slice(from, match.index));
    nodes.append(
      element("a", { href, text: address, target: "_blank", rel: "noopener noreferrer nofollow" }),
    );
    from = match.index + address.length;
  }
  nodes.append(message.slice(from));
  return nodes;
}

function safeHref(address) {
  try {
    const url = new URL(address);
    // An address with a user name in it is made to mislead (https://impots.gouv.fr@elsewhere).
    return ["http:", "https:"].includes(url.protocol) && !url.username && !url.password ? url.href : null;
  } catch {
    return null;
  }
}
