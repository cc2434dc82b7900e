// The bar at the bottom: microphone, camera, share, panels, settings, and the way out.
import { $, announce, config, post, show, text } from '../lib/page.js';
import { explain, listDevices, onChoice } from './devices.js';
import { preference, remember } from './preferences.js';
import { toggle as togglePanel } from './panels.js';
import { refresh } from './stage.js';

let room = null;

const switches = {
  microphone: { button: $('#toggle-microphone'), is: (me) => me.isMicrophoneEnabled, set: (me, on) => me.setMicrophoneEnabled(on), kind: 'audioinput', words: ['microphone_on', 'microphone_off'] },
  camera: { button: $('#toggle-camera'), is: (me) => me.isCameraEnabled, set: (me, on) => me.setCameraEnabled(on), kind: 'videoinput', words: ['camera_on', 'camera_off'] },
  share: { button: $('#toggle-share'), is: (me) => me.isScreenShareEnabled, set: (me, on) => me.setScreenShareEnabled(on, { audio: true }), words: ['share', 'share_stop'] },
};

/** Shows what is on and what is off. */
export function reflect() {
  for (const { button, is, words } of Object.values(switches)) {
    const isOn = is(room.localParticipant);
    button.setAttribute('aria-pressed', String(isOn));
    button.setAttribute('aria-label', text(words[isOn ? 1 : 0]));
  }
}

/** Turns one thing on or off; a refusal is said, and changes nothing else. */
export async function turn(name, on = !switches[name].is(room.localParticipant)) {
  const { set, kind, button } = switches[name];
  button.setAttribute('aria-pressed', String(on)); // shown at once; set right below
  try {
    await set(room.localParticipant, on);
    if (kind) remember(`${name}On`, on);
    showBanner('');
  } catch (error) {
    // Closing the browser's own choice of screens is an answer, not a fault.
    if (name === 'share') showBanner(error.name === 'NotAllowedError' ? '' : text('share_failed'));
    else showBanner(explain(error, kind));
  }
  reflect();
}

/** What just happened and what one can do; empty for nothing. */
export function showBanner(sentence) {
  show($('#banner'), sentence);
}

/** Uses this room from now on. */
export function startControls(joined) {
  room = joined;
  reflect();
  listDevices();
}

/** Wires everything, once; `onLeave()` when the person goes. */
export function prepareControls({ onLeave }) {
  for (const name of Object.keys(switches)) switches[name].button.addEventListener('click', () => turn(name));
  onChoice((kind, id) => room?.switchActiveDevice(kind, id).catch((error) => showBanner(explain(error, kind))));
  prepareDialogs(onLeave);
  document.addEventListener('keydown', (event) => {
    if (!preference('shortcuts') || !room || $('#live').hidden || !event.ctrlKey || event.shiftKey || event.altKey) return;
    const name = { d: 'microphone', e: 'camera' }[event.key.toLowerCase()];
    if (!name) return;
    event.preventDefault();
    turn(name).then(() => announce(switches[name].button.getAttribute('aria-label')));
  });
}

function prepareDialogs(onLeave) {
  const [leave, more] = [$('#leave-dialog'), $('#more-dialog')];
  for (const dialog of [leave, more]) {
    dialog.addEventListener('click', ({ target }) => {
      if (target === dialog || 'closeDialog' in target.dataset) dialog.close();
    });
  }
  $('#leave').addEventListener('click', () => (config.end_url ? leave.showModal() : onLeave()));
  $('#leave-me').addEventListener('click', () => { leave.close(); onLeave(); });
  $('#end-for-all').addEventListener('click', async () => {
    const answer = await post(config.end_url).catch(() => null);
    if (answer?.ok) leave.close(); // the server puts everybody out, us too
    else show($('#end-problem'), text('ending_failed'));
  });
  $('#open-more').addEventListener('click', () => { listDevices(); more.showModal(); });
  $('#share-phone').addEventListener('click', () => { more.close(); turn('share'); });
  $('#people-phone').addEventListener('click', () => { more.close(); togglePanel('people', true); });
  $('#fullscreen').addEventListener('click', () => {
    more.close();
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen().catch(() => {});
  });
  for (const [id, name] of [['#hide-self', 'hideSelf'], ['#shortcuts', 'shortcuts']]) {
    $(id).checked = preference(name);
    $(id).addEventListener('change', () => { remember(name, $(id).checked); refresh(); });
  }
}
