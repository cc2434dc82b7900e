/**
 * A chat message as nodes: **bold**, *italic*, `code`, lines that begin with "- " as a list, and
 * links for http and https addresses. Nothing of a message is ever read as HTML.
 */

import { element } from "../lib/elements.js";

const ADDRESS = /https?:\/\/[^\s<>"'`]+/.source;
const BOLD = /\*\*(?=\S)([^\n]*?\S)\*\*/.source;
const ITALIC = /(?<![\w*])\*(?=[^\s*])([^*\n]*?[^\s*])\*(?![\w*])/.source;
const CODE = /`([^`\n]+)`/.source;
const BULLET = /^\s*[-*•]\s+/;
const TRAILING = /[.,;:!?…»)\]}*]+$/;

/** A DocumentFragment of paragraphs and lists. */
export function messageNodes(message) {
  const nodes = document.createDocumentFragment();
  let block = null; // {isList, lines}
  const flush = () => block && nodes.append(block.isList ? list(block.lines) : paragraph(block.lines));
  for (const line of message.split("\n")) {
    const isList = BULLET.test(line);
    if (block?.isList !== isList) {
      flush();
      block = { isList, lines: [] };
    }
    block.lines.push(isList ? line.replace(BULLET, "") : line);
  }
  flush();
  return nodes;
}

function list(lines) {
  return element("ul", { class: "message__list" }, ...lines.map((line) => element("li", {}, inline(line))));
}

function paragraph(lines) {
  return element("p", { class: "message__text" }, inline(lines.join("\n")));
}

function inline(words) {
  const nodes = document.createDocumentFragment();
  const marks = new RegExp(`(?<address>\\b${ADDRESS})|${CODE}|${BOLD}|${ITALIC}`, "gi");
  let from = 0;
  for (let match = marks.exec(words); match; match = marks.exec(words)) {
    const [whole, , code, bold, italic] = match;
    const { address } = match.groups;
    const made = address ? link(address) : marked({ code, bold, italic });
    if (!made) continue;
    nodes.append(words.slice(from, match.index), made);
    from = match.index + (address ? made.textContent.length : whole.length);
    marks.lastIndex = from;
  }
  nodes.append(words.slice(from));
  return nodes;
}

function marked({ code, bold, italic }) {
  if (code) return element("code", { class: "message__code", text: code });
  return bold ? element("strong", {}, inline(bold)) : element("em", {}, inline(italic));
}

/** A link that shows the whole address; null for one that is made to mislead. */
function link(found) {
  const address = found.replace(TRAILING, "");
  const href = safeHref(address);
  if (!href) return null;
  return element("a", { href, text: address, target: "_blank", rel: "noopener noreferrer nofollow" });
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
