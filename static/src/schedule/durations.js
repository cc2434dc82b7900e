/** The usual durations as buttons; a meeting whose start moves keeps its length. */

import { lengthOf, minutesOf, setLength } from "./clock.js";

export function enhanceDurations(form, group) {
  const fields = form.elements;
  const chips = [...group.querySelectorAll("[data-minutes]")];
  let length = lengthOf(fields);

  function show() {
    for (const chip of chips) {
      chip.setAttribute("aria-pressed", String(Number(chip.dataset.minutes) === length));
    }
  }

  group.hidden = false;
  group.addEventListener("click", ({ target }) => {
    const chip = target.closest("[data-minutes]");
    if (!chip) return;
    if (minutesOf(fields.start_time.value) === null) {
      fields.start_time.focus();
      return;
    }
    length = Number(chip.dataset.minutes);
    setLength(fields, length);
    show();
    form.dispatchEvent(new Event("change"));
  });
  for (const field of [fields.start_time, fields.date]) {
    field.addEventListener("change", () => {
      if (length > 0 && minutesOf(fields.start_time.value) !== null) setLength(fields, length);
      show();
    });
  }
  for (const field of [fields.end_time, fields.end_date]) {
    field.addEventListener("change", () => {
      length = lengthOf(fields);
      show();
    });
  }
  show();
}
