// Duration chips, and a sentence that reads the plan back. The form works without them.
const form = document.querySelector('#meeting-form');
const durations = document.querySelector('#durations');
const summary = document.querySelector('#summary');
const field = (name) => form.elements[name];
const locale = document.documentElement.lang;

const minutesOf = (text) => {
  const [hours, minutes] = text.split(':').map(Number);
  return hours * 60 + minutes;
};
const clock = (minutes) => [Math.floor(minutes / 60) % 24, minutes % 60].map((part) => String(part).padStart(2, '0')).join(':');

function describe() {
  const { value: date } = field('date');
  const { value: start } = field('start_time');
  const { value: end } = field('end_time');
  const duration = start && end && !field('end_date').value ? minutesOf(end) - minutesOf(start) : null;
  for (const chip of durations.querySelectorAll('button')) {
    chip.setAttribute('aria-pressed', String(Number(chip.dataset.minutes) === duration));
  }
  if (!date || !start || !end) {
    summary.hidden = true;
    return;
  }
  const day = new Date(`${date}T12:00`).toLocaleDateString(locale, { weekday: 'long', day: 'numeric', month: 'long' });
  const count = new Set(field('invitees').value.split(/[\s,;]+/).filter(Boolean)).size;
  const { one, many, none } = summary.dataset;
  const people = count === 0 ? none : count === 1 ? one : many.replace('{n}', count);
  summary.textContent = [field('title').value.trim(), `${day}, ${start} – ${end}`, field('time_zone').value, people].filter(Boolean).join(' · ');
  summary.hidden = false;
}

durations.hidden = false;
durations.addEventListener('click', ({ target }) => {
  if (!target.dataset.minutes || !field('start_time').value) return;
  const end = minutesOf(field('start_time').value) + Number(target.dataset.minutes);
  field('end_time').value = clock(end);
  if (end >= 24 * 60 && field('date').value) {
    const next = new Date(`${field('date').value}T12:00Z`);
    next.setUTCDate(next.getUTCDate() + 1);
    field('end_date').value = next.toISOString().slice(0, 10);
    field('end_date').closest('details').open = true;
  } else {
    field('end_date').value = '';
  }
  describe();
});

// A meeting that is moved keeps its length.
let before = field('start_time').value;
field('start_time').addEventListener('change', () => {
  const { value: start } = field('start_time');
  const { value: end } = field('end_time');
  if (before && start && end && minutesOf(end) > minutesOf(before)) {
    const moved = minutesOf(start) + minutesOf(end) - minutesOf(before);
    if (moved < 24 * 60) field('end_time').value = clock(moved);
  }
  before = start;
});
form.addEventListener('input', describe);
form.addEventListener('change', describe);
describe();
