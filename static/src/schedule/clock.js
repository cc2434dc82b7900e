/** Wall-clock arithmetic on what the form's date and time fields hold. */

const DAY = 24 * 60;

/** Minutes since midnight of "14:30"; null when the field is empty. */
export function minutesOf(text) {
  if (!/^\d{2}:\d{2}/.test(text)) return null;
  const [hours, minutes] = text.split(":").map(Number);
  return hours * 60 + minutes;
}

/** "14:30" of minutes since midnight, on whichever day that falls. */
export function clockOf(minutes) {
  const ofDay = ((minutes % DAY) + DAY) % DAY;
  return [Math.floor(ofDay / 60), ofDay % 60].map((part) => String(part).padStart(2, "0")).join(":");
}

/** The date so many days later, as "2026-11-24". */
export function daysLater(date, days) {
  const day = new Date(`${date}T12:00Z`);
  day.setUTCDate(day.getUTCDate() + days);
  return day.toISOString().slice(0, 10);
}

/** Minutes from start to end of the meeting as the form tells it; null while something is missing. */
export function lengthOf({ date, start_time, end_time, end_date }) {
  const start = minutesOf(start_time.value);
  const end = minutesOf(end_time.value);
  if (start === null || end === null) return null;
  const days =
    end_date.value && date.value
      ? Math.round((new Date(end_date.value) - new Date(date.value)) / 86_400_000)
      : 0;
  return days * DAY + end - start;
}

/** Sets the end so many minutes after the start, on the next day where it must. */
export function setLength({ date, start_time, end_time, end_date }, minutes) {
  const end = minutesOf(start_time.value) + minutes;
  end_time.value = clockOf(end);
  end_date.value = end >= DAY && date.value ? daysLater(date.value, Math.floor(end / DAY)) : "";
  if (end_date.value) end_date.closest("details").open = true;
}
