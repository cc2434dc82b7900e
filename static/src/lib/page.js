// What every script of a page shares: its configuration, its words, its voice.

const json = (id) => JSON.parse(document.getElementById(id)?.textContent || '{}');

export const config = json('room-config');
const texts = json('room-texts');

/** A text by name, with {placeholders} filled in. */
export function text(name, values = {}) {
  return (texts[name] ?? name).replace(/\{(\w+)\}/g, (_, key) => values[key] ?? '');
}

export const $ = (selector) => document.querySelector(selector);

/** An element with a class, text and children; text is never markup. */
export function element(tag, className = '', content = '') {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (content) made.textContent = content;
  return made;
}

/** Says something to screen readers; the same sentence twice is said twice. */
export function announce(sentence) {
  const announcer = $('#announcer');
  announcer.textContent = '';
  requestAnimationFrame(() => { announcer.textContent = sentence; });
}

/** POSTs JSON with the form token of this page. */
export function post(url, body = {}) {
  return fetch(url, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'X-CSRFToken': $('[name=csrfmiddlewaretoken]').value,
      'Accept-Language': config.locale,
    },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
}

/** Shows a message in a place that is hidden while it has none. */
export function show(place, message) {
  place.textContent = message;
  place.hidden = !message;
}
