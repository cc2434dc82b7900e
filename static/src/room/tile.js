/** One picture on the stage: a person's camera, or the screen they share. */

import { ConnectionQuality, Track } from "../../vendor/livekit-client.esm.mjs";
import { element, icon, setAttributes, setText } from "../lib/elements.js";
import { createHandSign } from "./hand_sign.js";
import { initials, nameOf, organisationOf } from "./names.js";
import { isOutside } from "./standing.js";
import { text } from "./texts.js";

const WEAK = [ConnectionQuality.Poor, ConnectionQuality.Lost];

/** `entry`: {id, participant, source, own}; `placeOf(participant)`: of a raised hand, 0 without. `onPin(id)` is called when it is pinned or released. */
export function createTile(entry, { onPin, placeOf }) {
  const isScreen = entry.source === Track.Source.ScreenShare;
  const video = element("video", {
    class: "tile__video",
    autoplay: true,
    playsinline: true,
    "aria-hidden": "true",
  });
  video.muted = true; // sound has its own elements
  const avatar = element("span", { class: "avatar", "aria-hidden": "true" });
  const name = element("span", { class: "tile__name" });
  const organisation = element("span", { class: "tile__organisation" });
  const muted = sign("mic-off", text("tile_muted"));
  const weak = sign("weak-network", text("tile_weak_network"));
  const hand = createHandSign("tile__hand");
  const reaction = element("span", { class: "tile__reaction", "aria-hidden": "true" });
  const pin = element("button", { type: "button", class: "tile__pin", tabindex: "-1" }, icon("pin"));
  const root = element(
    "li",
    {
      class: "tile",
      data: {
        participant: entry.participant.identity,
        source: isScreen ? "screen" : "camera",
        own: String(entry.own),
      },
    },
    video,
    avatar,
    element("div", { class: "tile__label" }, muted, element("span", { class: "tile__names" }, name, organisation), weak),
    hand.root,
    reaction,
    pin,
  );
  let reacting = null; // timer
  let attached = null;
  let still = null;

  pin.addEventListener("click", () => onPin(entry.id));
  root.addEventListener("dblclick", () => onPin(entry.id));
  video.addEventListener("resize", () => {
    root.dataset.upright = String(video.videoHeight > video.videoWidth);
  });

  function show(track) {
    if (track !== attached) {
      attached?.detach(video);
      attached = track;
      attached?.attach(video);
    }
    root.dataset.picture = String(Boolean(track));
  }

  return {
    root,
    pin,
    video,

    update({ participant, publication, own, pinned }) {
      show(publication?.isMuted ? null : (publication?.videoTrack ?? null));
      const who = own ? text("you", { name: nameOf(participant) }) : nameOf(participant);
      setText(name, isScreen ? text("screen_of", { name: nameOf(participant) }) : who);
      // Who is from outside is seen in every picture.
      const outside = isOutside(participant) ? text("role_guest") : "";
      setText(organisation, own ? "" : organisationOf(participant) || outside);
      setText(avatar, initials(nameOf(participant)));
      hand.show(isScreen ? 0 : placeOf(participant));
      muted.hidden = isScreen || participant.isMicrophoneEnabled;
      const paused = attached?.streamState === Track.StreamState.Paused;
      weak.hidden = !(paused || WEAK.includes(participant.connectionQuality));
      root.dataset.speaking = String(!isScreen && participant.isSpeaking && participant.isMicrophoneEnabled);
      const label = text(isScreen ? "pin_screen" : "pin_person", { name: nameOf(participant) });
      setAttributes(pin, { "aria-pressed": pinned, "aria-label": label, title: text(pinned ? "unpin" : "pin") });
    },

    place(rectangle) {
      root.hidden = !rectangle;
      if (!rectangle) return;
      for (const [side, value] of Object.entries(rectangle)) root.style[side] = `${Math.round(value)}px`;
      root.dataset.size = rectangle.width < 220 ? "small" : rectangle.width < 480 ? "medium" : "large";
    },

    react(sign, milliseconds) {
      clearTimeout(reacting);
      reaction.replaceChildren(element("span", { text: sign }));
      reacting = setTimeout(() => reaction.replaceChildren(), milliseconds);
    },

    /** Keeps the last picture on top of a video that is about to go black. */
    freeze() {
      if (still || !attached || !video.videoWidth) return;
      still = element("canvas", { class: "tile__video tile__still", "aria-hidden": "true" });
      still.width = video.videoWidth;
      still.height = video.videoHeight;
      still.getContext("2d").drawImage(video, 0, 0);
      video.after(still);
    },

    thaw() {
      still?.remove();
      still = null;
    },

    remove() {
      show(null);
      root.remove();
    },
  };
}

function sign(name, words) {
  return element(
    "span",
    { class: `tile__sign tile__sign--${name}`, title: words, hidden: true },
    icon(name),
    element("span", { class: "fr-sr-only", text: words }),
  );
}
