/** Who waits to enter: decided on without leaving the page, and said aloud when somebody comes. */

import { element, byId } from "../lib/elements.js";

const fill = (text, values) => text.replace(/%\((\w+)\)s/g, (whole, name) => values[name] ?? whole);
const DOUBLE_CLICK = 500; // the next person moves up under the pointer
const QUIET = 3000; // what was said is not talked over by what follows from it

/**
 * `region` holds the forms, `status` is the live region with its words as data attributes, `live`
 * the region's own { refresh, replace }. Answers `tell(silently)`, to be called after each change.
 */
export function enhanceWaiting(region, status, { fragment, live }) {
  let known = peopleIn(region);
  let deciding = false;
  let notBefore = 0;
  let quietUntil = 0;

  region.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-waiting]")) return;
    event.preventDefault();
    if (!deciding && Date.now() > notBefore) decide(event.target, event.submitter);
  });

  async function decide(form, button) {
    const marked = button.closest("[data-person]") ?? form;
    const body = new FormData(form);
    body.append(button.name, button.value);
    deciding = true;
    marked.classList.add("visio-waiting--decided");
    try {
      const answer = await fetch(form.getAttribute("action"), {
        method: "POST",
        body,
        headers: { "X-Fragment": fragment },
        cache: "no-store",
      });
      if ([401, 403, 404].includes(answer.status)) return location.reload();
      if (!answer.ok) throw new Error(answer.status);
      notBefore = Date.now() + DOUBLE_CLICK;
      live().replace(await answer.text(), true);
      if (button.dataset.done) say(button.dataset.done);
    } catch {
      marked.classList.remove("visio-waiting--decided");
      const text = element("p", { text: status.dataset.failed });
      byId("messages").replaceChildren(element("div", { class: "fr-alert fr-alert--error fr-alert--sm" }, text));
    } finally {
      deciding = false;
    }
  }

  /** Says who has come; without anybody new, that something changed. */
  return function tell(silently) {
    const now = peopleIn(region);
    const sentences = [...now].map(([form, list]) => sentence(list, known.get(form))).filter(Boolean);
    known = now;
    if (sentences.length) say(sentences.join(" "));
    else if (!silently && Date.now() > quietUntil && status.dataset.changed) say(status.dataset.changed);
  };

  function say(text) {
    status.textContent = text;
    quietUntil = Date.now() + QUIET;
  }

  function sentence(list, before) {
    const names = [...list.people].filter(([id]) => !before?.people.has(id)).map(([, name]) => name);
    const hasGrown = list.count > (before?.count ?? 0);
    if (!names.length && !hasGrown) return "";
    const values = { count: list.count, names: names.slice(0, 3).join(", ") };
    if (!names.length) return fill(status.dataset.waitingMany, values);
    if (list.count === 1) return fill(status.dataset.waitingOne, values);
    const areAll = names.length === list.count && names.length <= 3;
    return fill(areAll ? status.dataset.waitingAll : status.dataset.waitingOther, values);
  }
}

/** Per form, how many wait and the names of those who are shown. */
function peopleIn(region) {
  const forms = [...region.querySelectorAll("form[data-waiting]")];
  return new Map(
    forms.map((form) => [
      form.getAttribute("action"),
      {
        count: Number(form.dataset.waiting),
        people: new Map([...form.querySelectorAll("[data-person]")].map((row) => [row.dataset.person, row.dataset.name])),
      },
    ]),
  );
}
