// The page of the room: device check, meeting, and what comes after, without a reload between them.
import { ConnectionError, ConnectionErrorReason, DisconnectReason, Room, RoomEvent, Track } from '../../vendor/livekit-client.esm.mjs';
import { $, announce, config, show, text } from '../lib/page.js';
import { admission, Refused } from './admission.js';
import { prepareChat, startChat } from './chat.js';
import { prepareControls, reflect, showBanner, startControls, turn } from './controls.js';
import { preparePanels } from './panels.js';
import { refreshPeople } from './people.js';
import { choices, startPrejoin, stopPrejoin } from './prejoin.js';
import { preference } from './preferences.js';
import { clearStage, refresh, startStage, updateTiles } from './stage.js';
import { nameOf } from './tiles.js';

const SECTIONS = { prejoin: '#prejoin', joining: '#prejoin', joined: '#live', left: '#left' };
const WHY = {
  [DisconnectReason.ROOM_DELETED]: 'left_ended',
  [DisconnectReason.PARTICIPANT_REMOVED]: 'left_removed',
  [DisconnectReason.DUPLICATE_IDENTITY]: 'left_duplicate',
  [DisconnectReason.CLIENT_INITIATED]: 'left',
};
let room = null;
let trying = null;

function setState(state) {
  document.body.dataset.roomState = state;
  for (const section of new Set(Object.values(SECTIONS))) $(section).hidden = section !== SECTIONS[state];
}

/** Asks for a token and connects, as often as it takes. */
async function enter(onWait) {
  trying = new AbortController();
  for (let roomLost = false; ; roomLost = true) {
    const admitted = await admission({ onWait, signal: trying.signal, roomLost });
    const joined = makeRoom();
    try {
      await joined.connect(admitted.url, admitted.token);
      return joined;
    } catch (error) {
      await joined.disconnect();
      // The server thought that LiveKit held the room, and it does not: ask once more, saying so.
      const isGone = error instanceof ConnectionError && [ConnectionErrorReason.NotAllowed, ConnectionErrorReason.InternalError, ConnectionErrorReason.ServerUnreachable, ConnectionErrorReason.ServiceNotFound].includes(error.reason);
      if (roomLost || !isGone) throw new Refused('gave_up');
    }
  }
}

function makeRoom() {
  const device = (kind) => (preference(kind) ? { deviceId: preference(kind) } : {});
  return new Room({
    adaptiveStream: true,
    dynacast: true,
    audioCaptureDefaults: device('audioinput'),
    videoCaptureDefaults: { ...device('videoinput'), resolution: { width: 1280, height: 720, frameRate: 30 } },
    audioOutput: device('audiooutput'),
  });
}

async function join() {
  setState('joining');
  $('#join').disabled = true;
  $('#cancel-join').hidden = false;
  show($('#join-problem'), text('joining'));
  try {
    const chosen = choices();
    room = await enter((sentence) => show($('#join-problem'), sentence));
    stopPrejoin();
    await live(chosen);
  } catch (error) {
    setState('prejoin');
    explain(error);
  } finally {
    $('#join').disabled = false;
    $('#cancel-join').hidden = true;
  }
}

function explain(error) {
  const place = $('#join-problem');
  show(place, error instanceof Refused ? error.message : text('refused'));
  if (!(error instanceof Refused)) console.error(error);
  if (error.kind === 'signed_out') {
    const link = document.createElement('a');
    link.href = window.location.href;
    link.textContent = text('sign_in');
    place.append(' ', link);
  }
}

async function live(chosen) {
  listen();
  setState('joined');
  show($('#join-problem'), '');
  startStage(room);
  startChat(room);
  startControls(room);
  refreshPeople(room);
  for (const participant of room.remoteParticipants.values()) playSound(participant);
  if (!room.canPlaybackAudio) askForGesture();
  // One after the other, so that a missing camera does not keep the microphone out.
  if (chosen.microphone) await turn('microphone', true);
  if (chosen.camera) await turn('camera', true);
}

function playSound(participant) {
  for (const publication of participant.audioTrackPublications.values()) {
    if (publication.track) attach(publication.track);
  }
}

function attach(track) {
  const sound = track.attach();
  sound.dataset.sound = track.sid;
  document.body.append(sound);
}

function askForGesture() {
  showBanner(text('audio_blocked'));
  document.addEventListener('click', () => room.startAudio().then(() => showBanner('')), { once: true });
}

function listen() {
  const changed = () => { refresh(); refreshPeople(room); reflect(); };
  room
    .on(RoomEvent.ParticipantConnected, (person) => { announce(text('person_joined', { name: nameOf(person) })); changed(); })
    .on(RoomEvent.ParticipantDisconnected, (person) => { announce(text('person_left', { name: nameOf(person) })); changed(); })
    .on(RoomEvent.TrackSubscribed, (track, publication, person) => {
      if (track.kind === Track.Kind.Audio) attach(track);
      if (publication.source === Track.Source.ScreenShare) announce(text('shares', { name: nameOf(person) }));
      changed();
    })
    .on(RoomEvent.TrackUnsubscribed, (track, publication, person) => {
      track.detach().forEach((media) => { if (media.dataset.sound) media.remove(); });
      if (publication.source === Track.Source.ScreenShare) announce(text('shares_no_more', { name: nameOf(person) }));
      changed();
    })
    .on(RoomEvent.TrackMuted, changed)
    .on(RoomEvent.TrackUnmuted, changed)
    .on(RoomEvent.LocalTrackPublished, changed)
    .on(RoomEvent.LocalTrackUnpublished, changed)
    .on(RoomEvent.ParticipantAttributesChanged, changed)
    .on(RoomEvent.ActiveSpeakersChanged, updateTiles)
    .on(RoomEvent.ConnectionQualityChanged, updateTiles)
    .on(RoomEvent.AudioPlaybackStatusChanged, () => { if (!room.canPlaybackAudio) askForGesture(); })
    .on(RoomEvent.Reconnecting, () => lost())
    .on(RoomEvent.SignalReconnecting, () => lost())
    .on(RoomEvent.Reconnected, () => found())
    .on(RoomEvent.Disconnected, (reason) => ended(reason));
}

function lost() {
  document.body.classList.add('room--lost'); // the last picture stays, greyed
  showBanner(text('reconnecting'));
}

function found() {
  document.body.classList.remove('room--lost');
  showBanner('');
  announce(text('reconnected'));
  refresh();
}

async function ended(reason) {
  document.querySelectorAll('[data-sound]').forEach((media) => media.remove());
  if (WHY[reason]) {
    after(WHY[reason]);
    return;
  }
  // The network gave up on us, or LiveKit restarted: come back with a new token, without a click.
  lost();
  const chosen = { microphone: preference('microphoneOn'), camera: preference('cameraOn') };
  try {
    room = await enter(showBanner);
    clearStage();
    found();
    await live(chosen);
  } catch (error) {
    after(error.kind === 'over' ? 'left_ended' : 'left_lost');
  }
}

function after(why) {
  clearStage();
  document.body.classList.remove('room--lost');
  $('#left-title').textContent = text(why);
  $('#rejoin').hidden = why === 'left_ended' || why === 'left_removed';
  document.querySelectorAll('dialog[open]').forEach((dialog) => dialog.close());
  setState('left');
  $('#left-title').focus();
}

function tick() {
  const now = new Date();
  $('#clock').dateTime = now.toISOString();
  $('#clock').textContent = now.toLocaleTimeString(config.locale, { hour: '2-digit', minute: '2-digit' });
}

prepareChat();
preparePanels();
prepareControls({ onLeave: () => room.disconnect() });
$('#join').addEventListener('click', join);
$('#cancel-join').addEventListener('click', () => trying?.abort());
$('#rejoin').addEventListener('click', () => window.location.reload());
window.addEventListener('pagehide', () => room?.disconnect());
setInterval(tick, 5000);
tick();
startPrejoin();
