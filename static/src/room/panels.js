// The panels beside the stage: one at a time, as full sheets on a phone.
import { $ } from '../lib/page.js';

const NAMES = ['people', 'chat'];
const panel = (name) => $(`#panel-${name}`);
const button = (name) => $(`[data-panel=${name}]`);

export const isOpen = (name) => !panel(name).hidden;

/** Opens one panel and closes the other; the focus follows. */
export function toggle(name, open = !isOpen(name)) {
  for (const other of NAMES) {
    panel(other).hidden = !(other === name && open);
    button(other).setAttribute('aria-expanded', String(other === name && open));
  }
  if (open) {
    document.dispatchEvent(new CustomEvent('panel-opened', { detail: name }));
    (name === 'chat' ? $('#chat-text') : panel(name).querySelector('h2')).focus();
  } else {
    button(name).focus();
  }
}

/** Wires the buttons, and Escape. */
export function preparePanels() {
  for (const name of NAMES) {
    button(name).addEventListener('click', () => toggle(name));
    $(`[data-close=${name}]`).addEventListener('click', () => toggle(name, false));
    panel(name).addEventListener('keydown', ({ key }) => { if (key === 'Escape') toggle(name, false); });
  }
}
