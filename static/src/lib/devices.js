/** The computer's cameras, microphones and loudspeakers, and the fields that choose one. */

import { element } from "./elements.js";

export const KINDS = ["audioinput", "videoinput", "audiooutput"];

export const canChooseSpeaker = "setSinkId" in HTMLMediaElement.prototype;

/** {audioinput: [...], videoinput: [...], audiooutput: [...]}, each device {id, label}. */
export async function listDevices() {
  const devices = { audioinput: [], videoinput: [], audiooutput: [] };
  if (!navigator.mediaDevices?.enumerateDevices) return devices;
  for (const device of await navigator.mediaDevices.enumerateDevices()) {
    // Before permission is given browsers list nameless devices: they cannot be chosen.
    if (!device.deviceId) continue;
    devices[device.kind]?.push({ id: device.deviceId, label: device.label });
  }
  return devices;
}

export function onDevicesChanged(listener) {
  navigator.mediaDevices?.addEventListener?.("devicechange", listener);
}

/** Name of a device, without the vendor:product code that Chromium adds ("… (046d:0825)"). */
export function deviceName(device, fallback) {
  return device.label.replace(/\s*\([0-9a-f]{4}:[0-9a-f]{4}\)$/i, "") || fallback;
}

/** Fills a <select>; keeps the chosen device while it is plugged in. */
export function fillSelect(select, devices, chosen, { numbered, none }) {
  const options = devices.map((device, index) =>
    element("option", { value: device.id, text: deviceName(device, numbered(index + 1)) }),
  );
  if (options.length === 0) options.push(element("option", { value: "", text: none }));
  select.replaceChildren(...options);
  select.disabled = devices.length === 0;
  if (devices.some((device) => device.id === chosen)) select.value = chosen;
}
