/** Reads the plan back before it is sent. */

import { element } from "../lib/elements.js";

const fill = (text, values) => text.replace(/%\((\w+)\)s/g, (whole, name) => values[name] ?? whole);

export function enhanceSummary(form, summary, { invitees, access }) {
  const fields = form.elements;
  const texts = summary.dataset;
  // "en" alone writes dates the American way, unlike the rest of the page.
  const locale = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang;
  const days = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" });
  const plural = new Intl.PluralRules(locale);
  const usualZone = fields.time_zone.value;

  const day = (date) => days.format(new Date(`${date}T12:00Z`));

  function when() {
    const { date, start_time, end_time, end_date } = fields;
    if (!date.value || !start_time.value || !end_time.value) return texts.noDate;
    const several = end_date.value && end_date.value !== date.value;
    const sentence = fill(several ? texts.whenUntil : texts.when, {
      date: day(date.value),
      start: start_time.value,
      end: end_time.value,
      end_date: several ? day(end_date.value) : "",
    });
    const zone = fields.time_zone.value === usualZone ? "" : ` (${fields.time_zone.selectedOptions[0].text})`;
    return sentence[0].toLocaleUpperCase(locale) + sentence.slice(1) + zone;
  }

  function who() {
    const count = invitees().length;
    if (count === 0) return texts.nobody;
    return fill(plural.select(count) === "one" ? texts.peopleOne : texts.peopleOther, { count });
  }

  function tell() {
    summary.replaceChildren(
      element("p", { class: "visio-summary__title", text: fields.title.value.trim() || texts.untitled }),
      element("p", { text: when() }),
      element("p", { text: access() }),
      element("p", { text: who() }),
    );
  }

  form.addEventListener("input", tell);
  form.addEventListener("change", tell);
  tell();
}
