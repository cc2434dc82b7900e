// Where the tiles stand: a grid, or one large (a shared screen first, or what was pinned) with the rest as a strip.
import { Track } from '../../vendor/livekit-client.esm.mjs';
import { $, element, text } from '../lib/page.js';
import { preference } from './preferences.js';
import { Tile } from './tiles.js';

const MOST = 25;
const tiles = new Map();
const overflow = element('p', 'stage__more');
let room = null;
let pinned = null;

/** Starts with a room's participants and keeps the stage in step with it. */
export function startStage(joined) {
  room = joined;
  new ResizeObserver(arrange).observe($('#stage'));
  refresh();
}

/** Empties the stage. */
export function clearStage() {
  for (const tile of tiles.values()) tile.remove();
  tiles.clear();
  pinned = null;
}

function togglePin(tile) {
  pinned = pinned === tile.key ? null : tile.key;
  refresh();
}

function sources(participant) {
  const shown = [];
  const camera = participant.getTrackPublication(Track.Source.Camera);
  const screen = participant.getTrackPublication(Track.Source.ScreenShare);
  shown.push(['camera', camera && !camera.isMuted ? camera.track : null]);
  if (screen?.track || (screen && !participant.isLocal)) shown.push(['screen', screen.track ?? null]);
  return shown;
}

/** Makes the tiles what the room is. */
export function refresh() {
  if (!room) return;
  const wanted = new Set();
  for (const participant of [room.localParticipant, ...room.remoteParticipants.values()]) {
    for (const [kind, track] of sources(participant)) {
      const key = `${participant.identity}/${kind}`;
      wanted.add(key);
      let tile = tiles.get(key);
      if (tile && tile.participant !== participant) { // the same person on a new connection
        tile.remove();
        tile = null;
      }
      if (!tile) {
        tile = new Tile(participant, kind, togglePin);
        tiles.set(key, tile);
      }
      tile.show(track);
    }
  }
  for (const [key, tile] of tiles) {
    if (wanted.has(key)) continue;
    tile.remove();
    tiles.delete(key);
    if (pinned === key) pinned = null;
  }
  arrange();
}

/** Only words and marks have changed. */
export function updateTiles() {
  for (const tile of tiles.values()) tile.update({ pinned: tile.key === pinned });
}

function order(a, b) {
  const rank = (tile) => (tile.participant.isLocal ? 2 : 0) - (tile.track ? 1 : 0);
  const spoke = (tile) => tile.participant.lastSpokeAt?.getTime() ?? 0;
  return rank(a) - rank(b) || spoke(b) - spoke(a);
}

function arrange() {
  const all = [...tiles.values()];
  const screens = all.filter((tile) => tile.kind === 'screen' && !tile.participant.isLocal);
  const focus = tiles.get(pinned) ?? screens.at(-1) ?? null;
  const isAlone = all.every((tile) => tile.participant.isLocal);
  const rest = all
    .filter((tile) => tile !== focus)
    .filter((tile) => !(tile.participant.isLocal && tile.kind === 'camera' && preference('hideSelf') && !isAlone));
  // Who is shown only changes when there are too many: people keep their places.
  const shown = rest.length > MOST ? [...rest].sort(order).slice(0, MOST) : rest;
  $('#stage').dataset.layout = focus ? 'focus' : 'grid';
  place($('#focus'), focus ? [focus] : []);
  place($('#grid'), shown);
  overflow.textContent = text('others', { n: rest.length - shown.length });
  overflow.remove();
  if (rest.length > shown.length) $('#stage').append(overflow);
  if (!focus) size(shown.length);
  updateTiles();
}

function place(container, wanted) {
  const roots = wanted.map((tile) => tile.root);
  for (const child of [...container.children]) if (!roots.includes(child)) child.remove();
  roots.forEach((root, index) => {
    if (container.children[index] !== root) container.insertBefore(root, container.children[index] ?? null);
  });
}

/** The number of columns that makes 16:9 tiles largest. */
function size(count) {
  const { clientWidth: width, clientHeight: height } = $('#grid');
  let best = { columns: 1, area: 0 };
  for (let columns = 1; columns <= Math.max(1, count); columns += 1) {
    const rows = Math.ceil(count / columns);
    const tileWidth = Math.min(width / columns, (height / rows) * (16 / 9));
    if (tileWidth > best.area) best = { columns, area: tileWidth };
  }
  $('#grid').style.setProperty('--columns', best.columns);
  $('#grid').style.setProperty('--rows', Math.ceil(count / best.columns) || 1);
}
