// Microphones, cameras and speakers: what there is, what was chosen, and what went wrong.
import { element, text } from '../lib/page.js';
import { preference, remember } from './preferences.js';

const NAMES = { audioinput: 'microphone', videoinput: 'camera', audiooutput: 'speaker' };

/** The constraint for the device that was chosen, or any. */
export function wanted(kind) {
  const id = preference(kind);
  return id ? { deviceId: { ideal: id } } : {};
}

/** Fills every select of a device with what there is now, keeping the choice. */
export async function listDevices() {
  const devices = await navigator.mediaDevices.enumerateDevices();
  for (const select of document.querySelectorAll('select[data-device]')) {
    const kind = select.dataset.device;
    const found = devices.filter((device) => device.kind === kind && device.deviceId);
    select.replaceChildren(...found.map((device, index) => {
      const label = device.label || text('default_device', { name: text(NAMES[kind]), n: index + 1 });
      const option = element('option', '', label);
      option.value = device.deviceId;
      option.selected = device.deviceId === preference(kind);
      return option;
    }));
    select.disabled = found.length === 0;
  }
  return devices;
}

/** Calls back with (kind, deviceId) for each choice, and remembers it. */
export function onChoice(callback) {
  for (const select of document.querySelectorAll('select[data-device]')) {
    select.addEventListener('change', () => {
      remember(select.dataset.device, select.value);
      for (const twin of document.querySelectorAll(`select[data-device=${select.dataset.device}]`)) {
        twin.value = select.value;
      }
      callback(select.dataset.device, select.value);
    });
  }
}

/** The words for a failure of getUserMedia. */
export function explain(error, kind) {
  if (error.name === 'NotAllowedError' || error.name === 'SecurityError') return text('denied');
  if (error.name === 'NotReadableError' || error.name === 'AbortError') return text('busy_device');
  return text(kind === 'audioinput' ? 'no_microphone' : 'no_camera');
}
