/** What this browser remembers: preferences and its own random name. Never a token, never content. */

const PREFERENCES = "visio.preferences";
const DEVICE = "visio.device";

function read(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // storage is forbidden here: nothing is remembered, everything works
  }
}

function write(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // as above
  }
}

function readPreferences() {
  try {
    const preferences = JSON.parse(read(PREFERENCES));
    return preferences && typeof preferences === "object" ? preferences : {};
  } catch {
    return {};
  }
}

export function preference(name, fallback) {
  const value = readPreferences()[name];
  return typeof value === typeof fallback ? value : fallback;
}

export function remember(name, value) {
  write(PREFERENCES, JSON.stringify({ ...readPreferences(), [name]: value }));
}

let deviceForThisPage = null;

/** A random name for this browser, so that a person's second device does not put out the first. */
export function deviceId() {
  const known = read(DEVICE) ?? deviceForThisPage;
  if (known && /^[a-z0-9-]{8,36}$/.test(known)) return known;
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  deviceForThisPage = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  write(DEVICE, deviceForThisPage);
  return deviceForThisPage;
}
