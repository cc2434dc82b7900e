/** Changing camera, microphone or loudspeaker during the meeting: menus of the bar, and the dialog. */

import { Track } from "../../vendor/livekit-client.esm.mjs";
import { canChooseSpeaker, deviceName, fillSelect, listDevices, onDevicesChanged } from "../lib/devices.js";
import { byId, element } from "../lib/elements.js";
import { remember } from "../lib/storage.js";
import { text } from "./texts.js";

export function wireDeviceChoices({ room, banners, signal }) {
  const menus = document.querySelectorAll("fieldset[data-devices]");

  async function refresh() {
    const devices = await listDevices();
    if (signal.aborted) return;
    for (const fieldset of menus) fillMenu(fieldset, devices[fieldset.dataset.devices]);
    for (const [kind, found] of Object.entries(devices)) {
      fillSelect(byId(`room-${kind}`), found, active(kind), {
        numbered: (number) => text(`${kind}_numbered`, { number }),
        none: text(`${kind}_none`),
      });
    }
  }

  /** The device in use: what the running track says, else what was chosen. */
  function active(kind) {
    const source = { audioinput: Track.Source.Microphone, videoinput: Track.Source.Camera }[kind];
    const track = source && room.localParticipant.getTrackPublication(source)?.track;
    return track?.mediaStreamTrack.getSettings().deviceId ?? room.getActiveDevice(kind) ?? "default";
  }

  function fillMenu(fieldset, devices) {
    const kind = fieldset.dataset.devices;
    const legend = fieldset.querySelector("legend");
    fieldset.hidden = kind === "audiooutput" && !canChooseSpeaker;
    const current = devices.some(({ id }) => id === active(kind)) ? active(kind) : devices[0]?.id;
    const choices = devices.map((device, index) => {
      const input = element("input", { type: "radio", name: `menu-${kind}`, value: device.id });
      input.checked = device.id === current;
      input.addEventListener("change", () => choose(kind, device.id));
      const name = deviceName(device, text(`${kind}_numbered`, { number: index + 1 }));
      return element("label", { class: "menu__choice" }, input, element("span", { text: name }));
    });
    if (!choices.length) choices.push(element("p", { class: "menu__none", text: text(`${kind}_none`) }));
    fieldset.replaceChildren(legend, ...choices);
  }

  async function choose(kind, id) {
    remember(kind, id);
    try {
      await room.switchActiveDevice(kind, id);
      banners.hide("device-failed");
    } catch {
      banners.show("device-failed", { message: text("device_failed"), urgent: true });
    }
    refresh();
  }

  for (const kind of ["audioinput", "videoinput", "audiooutput"]) {
    byId(`room-${kind}`).addEventListener("change", (event) => choose(kind, event.target.value), { signal });
  }
  onDevicesChanged(() => signal.aborted || refresh());
  for (const fieldset of menus) {
    fieldset.parentElement.addEventListener("beforetoggle", (event) => event.newState === "open" && refresh(), { signal });
  }
  refresh();
}
