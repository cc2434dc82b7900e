/** Who is on the screen and where: grid, speaker, or shared screen with a film strip. */

import { Track } from "../../vendor/livekit-client.esm.mjs";
import { announce } from "../lib/announce.js";
import { byId, setText } from "../lib/elements.js";
import { preference, remember } from "../lib/storage.js";
import { focus, grid, gridCapacity } from "./layout.js";
import { nameOf } from "./names.js";
import { arrange } from "./ordering.js";
import { onRoomChange } from "./room_changes.js";
import { roveFocus } from "./roving.js";
import { personOf } from "./standing.js";
import { counted, text } from "./texts.js";
import { createTile } from "./tile.js";

const CAMERA = Track.Source.Camera;
const SCREEN = Track.Source.ScreenShare;

export function createStage({ room, hands, signal }) {
  const stage = byId("stage");
  const list = byId("tiles");
  const isPhone = matchMedia("(max-width: 767px)").matches;
  const tiles = new Map(); // entry id → tile
  const spoke = new Map(); // entry id → when it last spoke
  const view = {
    hidesSelf: preference("hidesSelf", false),
    showsSpeaker: preference("showsSpeaker", isPhone),
  };
  let order = [];
  let pinned = null;
  let lastSpeaker = null;
  let frozen = false;

  function entries() {
    const people = [...room.remoteParticipants.values()].sort(
      (a, b) => (a.joinedAt?.getTime() ?? 0) - (b.joinedAt?.getTime() ?? 0),
    );
    const screens = people
      .map((participant) => entry(participant, SCREEN))
      .filter(({ publication }) => publication?.videoTrack && !publication.isMuted);
    const found = [...screens, ...people.map((participant) => entry(participant, CAMERA))];
    if (!view.hidesSelf || people.length === 0) found.push(entry(room.localParticipant, CAMERA));
    return found;
  }

  function entry(participant, source) {
    return {
      id: `${participant.identity}/${source}`,
      participant,
      source,
      publication: participant.getTrackPublication(source),
      own: participant === room.localParticipant,
    };
  }

  /** What is large: what was pinned, else the newest shared screen, else (if wished) who speaks. */
  function mainOf(found) {
    const byKey = (id) => found.find((candidate) => candidate.id === id);
    if (pinned && byKey(pinned)) return byKey(pinned);
    const screens = found.filter(({ source }) => source === SCREEN);
    if (screens.length) return screens.at(-1);
    if (!view.showsSpeaker) return null;
    return byKey(lastSpeaker) ?? found.find(({ own }) => !own) ?? null;
  }

  function update() {
    if (frozen || !room.localParticipant.identity) return;
    const found = entries();
    const byKey = new Map(found.map((item) => [item.id, item]));
    for (const [id, tile] of tiles) {
      if (byKey.has(id)) continue;
      tile.remove();
      tiles.delete(id);
      spoke.delete(id);
    }
    noteSpeakers(found);
    if (pinned && !byKey.has(pinned)) pinned = null;
    for (const item of found) {
      if (!tiles.has(item.id)) {
        if (item.source === SCREEN) announce(text("shares", { name: nameOf(item.participant) }));
        const tile = createTile(item, { onPin: pin, placeOf: hands.placeOf });
        tiles.set(item.id, tile);
        list.append(tile.root);
      }
      tiles.get(item.id).update({ ...item, pinned: item.id === pinned });
    }
    place(found, byKey);
    byId("stage-note").hidden = room.remoteParticipants.size > 0;
    setText(byId("stage-note"), text("alone"));
  }

  function noteSpeakers(found) {
    for (const { id, participant, source, own } of found) {
      if (source !== CAMERA || !participant.isSpeaking) continue;
      spoke.set(id, Date.now());
      if (!own) lastSpeaker = id;
    }
  }

  function place(found, byKey) {
    const width = list.clientWidth;
    const height = list.clientHeight;
    if (!width || !height) return;
    const main = mainOf(found);
    const rest = found.filter((item) => item !== main);
    const others = rest.filter(({ own }) => !own).map(({ id }) => id);
    const capacity = main ? focus(width, height, rest.length).capacity : gridCapacity(width, height);
    // Where hardly anybody fits, oneself gives way to the others.
    const isTight = rest.length > capacity && capacity < 3;
    const self = isTight ? [] : rest.filter(({ own }) => own).map(({ id }) => id);
    const count = others.length + self.length;
    // When not all fit, the last place says how many are out of sight.
    const forOthers = count > capacity ? Math.max(0, capacity - 1 - self.length) : others.length;
    order = arrange(order, others, forOthers, {
      spokeAt: (id) => spoke.get(id) ?? 0,
      isSpeaking: (id) => byKey.get(id).participant.isSpeaking,
      keeps: (id) => byKey.get(id).source === SCREEN,
    });
    const shown = [...order.slice(0, forOthers), ...self];
    const layout = main ? focus(width, height, count) : null;
    const places = main ? layout.strip : grid(width, height, Math.min(count, capacity));
    for (const [id, tile] of tiles) {
      tile.place(id === main?.id ? layout.main : (places[shown.indexOf(id)] ?? null));
      tile.root.dataset.main = String(id === main?.id);
    }
    placeMore(others.length - forOthers, places.at(-1));
    stage.dataset.layout = !main ? "grid" : main.source === SCREEN ? "screen" : "speaker";
    focusKeeper.refresh();
  }

  function placeMore(count, rectangle) {
    const more = byId("more-people");
    more.hidden = count === 0;
    if (count === 0) return;
    setText(more, counted("more_people", count));
    for (const [side, value] of Object.entries(rectangle)) more.style[side] = `${Math.round(value)}px`;
  }

  function pin(id) {
    pinned = pinned === id ? null : id;
    const item = entries().find((candidate) => candidate.id === id);
    if (item) announce(text(pinned ? "pinned" : "unpinned", { name: nameOf(item.participant) }));
    update();
  }

  const focusKeeper = roveFocus(list, signal, () =>
    [...tiles.values()].filter((tile) => !tile.root.hidden).map((tile) => tile.pin),
  );
  const schedule = onRoomChange(room, signal, update);
  const resized = new ResizeObserver(schedule);
  resized.observe(stage);
  signal.addEventListener("abort", () => {
    resized.disconnect();
    delete stage.dataset.frozen;
    for (const tile of tiles.values()) tile.remove();
    tiles.clear();
  });

  return {
    update,
    view,

    /** `changes`: some of {hidesSelf, showsSpeaker}; remembered. */
    setView(changes) {
      Object.assign(view, changes);
      for (const [name, value] of Object.entries(changes)) remember(name, value);
      update();
    },

    /** Shows a person's reaction on their face, for a while. */
    react(person, sign, milliseconds) {
      for (const { id, participant, source } of entries()) {
        if (source === CAMERA && personOf(participant) === person) tiles.get(id)?.react(sign, milliseconds);
      }
    },

    freeze() {
      frozen = true;
      stage.dataset.frozen = "true";
      for (const tile of tiles.values()) tile.freeze();
    },

    thaw() {
      frozen = false;
      delete stage.dataset.frozen;
      for (const tile of tiles.values()) tile.thaw();
      update();
    },
  };
}
