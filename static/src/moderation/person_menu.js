/** What a host may do with one person, in a menu beside their name. */

import { byId, element, setText } from "../lib/elements.js";
import { nameOf } from "../room/names.js";
import { handOf, isBound, mayDo, personOf, proofOf, roleOf, roomRules } from "../room/standing.js";
import { text } from "../room/texts.js";

const RIGHTS = ["microphone", "camera", "share", "chat"];
const ROLES = ["co_host", "presenter", "participant"];
const MARGIN = 8;

export function createPersonMenu({ room, rights, ask, banners, signal }) {
  const me = room.localParticipant;
  const menu = byId("person-menu");
  const dialog = byId("remove-dialog");
  let open = null; // {identity, button} of the menu on the screen
  let removing = null; // the same, of the dialog
  let wasOpenAt = null; // button whose menu the same press of the pointer has closed

  /** The host is nobody's to change, and nobody acts on themselves. */
  function offers(participant) {
    if (personOf(participant) === personOf(me) || roleOf(participant) === "host") return false;
    return rights.may("moderate") || rights.may("give_roles");
  }

  function toggle(identity, button) {
    if (wasOpenAt === button) return (wasOpenAt = null);
    const participant = room.getParticipantByIdentity(identity);
    if (!participant) return null;
    open = { identity, button };
    fill(participant);
    menu.showPopover();
    placeBeside(menu, button);
    button.setAttribute("aria-expanded", "true");
    menu.querySelector("button")?.focus();
    return null;
  }

  function fill(participant) {
    setText(byId("person-menu-title"), nameOf(participant));
    const items = actionsOn(participant).map(({ label, run, isGrave }) => {
      const item = element("button", { type: "button", class: "menu__item", text: label, data: { grave: String(Boolean(isGrave)) } });
      item.addEventListener("click", run);
      return item;
    });
    const rules = roomRules(room).allowed;
    const isBarredForAll = isBound(participant) && RIGHTS.some((word) => rules[word] === false);
    byId("person-menu-note").hidden = !(isBarredForAll && rights.may("moderate"));
    byId("person-menu-items").replaceChildren(...items);
  }

  function actionsOn(participant) {
    const person = personOf(participant);
    const { button } = open;
    const act = (label, path, body) => ({ label: text(label), run: () => send(button, path, { person, ...body }) });
    const actions = [];
    if (rights.may("moderate")) {
      if (participant.isMicrophoneEnabled) actions.push(act("act_mute", "mute"));
      if (handOf(participant)) actions.push(act("act_lower_hand", "lower-hands"));
      for (const word of RIGHTS) {
        const may = mayDo(participant, word);
        if (!may && !isLiftable(participant, word)) continue;
        actions.push(act(`act_${may ? "forbid" : "allow"}_${word}`, "rights", { rights: { [word]: !may } }));
      }
    }
    if (rights.may("give_roles")) {
      for (const role of ROLES) {
        if (isGivable(participant, role)) actions.push(act(`act_role_${role}`, "role", { role }));
      }
    }
    if (rights.may("moderate")) {
      actions.push({ label: text("act_remove"), run: confirmRemoval, isGrave: true });
    }
    return actions;
  }

  /** Whether it is forbidden to this person alone, as far as can be seen from here. */
  function isLiftable(participant, word) {
    if (word === "chat" && !rights.may("chat")) return false; // nobody writes here
    return !isBound(participant) || roomRules(room).allowed[word] !== false;
  }

  function isGivable(participant, role) {
    const has = roleOf(participant) === "guest" ? "participant" : roleOf(participant);
    return role !== has && (role !== "co_host" || proofOf(participant) === "agent");
  }

  async function send(button, path, body) {
    close();
    const line = button.closest("li");
    line?.setAttribute("aria-busy", "true");
    const answer = await ask("POST", path, body);
    line?.removeAttribute("aria-busy");
    if (signal.aborted) return;
    if (answer.ok) banners.hide("act-failed");
    else banners.show("act-failed", { message: answer.problem, seconds: 10, urgent: true });
  }

  function confirmRemoval() {
    removing = open;
    const participant = room.getParticipantByIdentity(removing.identity);
    close();
    if (!participant) return;
    setText(byId("remove-dialog-title"), text("remove_title", { name: nameOf(participant) }));
    dialog.showModal();
  }

  function remove() {
    dialog.close();
    send(removing.button, "remove", { person: removing.identity.split(".")[0] });
  }

  function close() {
    if (menu.matches(":popover-open")) menu.hidePopover();
  }

  function closed() {
    if (!open) return;
    const { button } = open;
    open = null;
    button.setAttribute("aria-expanded", "false");
    if (document.activeElement === document.body || menu.contains(document.activeElement)) {
      (button.isConnected ? button : byId("panel-people")).focus();
    }
  }

  menu.addEventListener("beforetoggle", ({ newState }) => newState === "closed" && closed(), { signal });
  document.addEventListener(
    "pointerdown",
    ({ target }) => (wasOpenAt = open?.button.contains(target) ? open.button : null),
    { signal, capture: true },
  );
  byId("remove-confirm").addEventListener("click", remove, { signal });
  signal.addEventListener("abort", () => {
    close();
    dialog.close();
  });

  return { offers, toggle };
}

/** Below the button, or above it where there is more room. */
function placeBeside(menu, button) {
  const from = button.getBoundingClientRect();
  const below = innerHeight - from.bottom - 2 * MARGIN;
  const above = from.top - 2 * MARGIN;
  const isBelow = below >= Math.min(menu.scrollHeight, above);
  menu.style.left = `${Math.max(MARGIN, from.right - menu.offsetWidth)}px`;
  menu.style.top = isBelow ? `${from.bottom + MARGIN / 2}px` : "auto";
  menu.style.bottom = isBelow ? "auto" : `${innerHeight - from.top + MARGIN / 2}px`;
  menu.style.maxHeight = `${isBelow ? below : above}px`;
}
