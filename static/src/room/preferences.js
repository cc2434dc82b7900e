// What this browser remembers between meetings: choices, and a name for the device. Never a token.

const KEY = 'visio.room';

function read() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) || {};
  } catch {
    return {}; // storage may be refused or damaged: then nothing is remembered
  }
}

const preferences = { microphoneOn: true, cameraOn: true, shortcuts: true, hideSelf: false, ...read() };

function save() {
  try {
    localStorage.setItem(KEY, JSON.stringify(preferences));
  } catch { /* remembered for this page only */ }
}

/** The remembered value of one choice. */
export const preference = (name) => preferences[name];

/** Remembers a choice. */
export function remember(name, value) {
  preferences[name] = value;
  save();
}

/** A stable name for this browser, so that a reload replaces its own connection. */
export function deviceName() {
  if (!/^[a-z0-9-]{8,36}$/.test(preferences.device || '')) remember('device', crypto.randomUUID());
  return preferences.device;
}
