/** The bar at the bottom: microphone, camera, screen, and what hides under « Plus ». */

import { canChooseSpeaker } from "../lib/devices.js";
import { byId, setAttributes } from "../lib/elements.js";
import { explain } from "./explaining.js";
import { wireMenus } from "./menus.js";
import { text } from "./texts.js";

const supports = {
  screen: Boolean(navigator.mediaDevices?.getDisplayMedia),
  fullscreen: Boolean(document.fullscreenEnabled),
  speaker: canChooseSpeaker,
};

const RIGHTS = { mic: "microphone", camera: "camera", share: "share" };

export function wireControls({ media, rights, stage, panels, banners, signal, onLeave }) {
  const onClick = (id, handler) => byId(id).addEventListener("click", handler, { signal });

  for (const needing of document.querySelectorAll("[data-needs]")) {
    needing.hidden = !supports[needing.dataset.needs];
  }
  wireMenus(signal);

  onClick("toggle-mic", () => media.setMic(!media.isOn("mic")));
  onClick("toggle-camera", () => media.setCamera(!media.isOn("camera")));
  onClick("toggle-share", () => media.setShare(!media.isOn("share")));
  onClick("toggle-people", () => panels.toggle("people"));
  onClick("toggle-chat", () => panels.toggle("chat"));
  onClick("people-count", () => panels.toggle("people"));
  onClick("hands-count", () => panels.toggle("people"));
  onClick("more-people", () => panels.open("people"));
  onClick("view-speaker", () => changeView("showsSpeaker"));
  onClick("hide-self", () => changeView("hidesSelf"));
  onClick("fullscreen", toggleFullscreen);
  onClick("leave", onLeave);

  function changeView(name) {
    stage.setView({ [name]: !stage.view[name] });
    show();
  }

  function show() {
    for (const name of ["mic", "camera", "share"]) {
      const on = media.isOn(name);
      setAttributes(byId(`toggle-${name}`), {
        "aria-pressed": on,
        "aria-busy": media.isBusy(name),
      });
      const reason = on ? null : rights.reasonAgainst(RIGHTS[name]);
      explain(byId(`toggle-${name}`), reason, text(`${name}_${on ? "stop" : "start"}`));
    }
    setAttributes(byId("view-speaker"), { "aria-pressed": stage.view.showsSpeaker });
    setAttributes(byId("hide-self"), { "aria-pressed": stage.view.hidesSelf });
    setAttributes(byId("fullscreen"), { "aria-pressed": Boolean(document.fullscreenElement) });
    showSharing(media.isOn("share"));
  }

  function showSharing(on) {
    if (!on) return banners.hide("sharing");
    banners.show("sharing", {
      message: text("sharing"),
      action: { label: text("share_stop"), run: () => media.setShare(false) },
    });
  }

  media.onChange(show);
  rights.onChange(show);
  document.addEventListener("fullscreenchange", show, { signal });
  show();
}

export function toggleFullscreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen?.().catch(() => {});
}
