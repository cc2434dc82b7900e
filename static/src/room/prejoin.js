// The device check: a preview, a level that moves, a sound to try. Works with no device at all.
import { $, show, text } from '../lib/page.js';
import { explain, listDevices, onChoice, wanted } from './devices.js';
import { preference, remember } from './preferences.js';

const streams = { audioinput: null, videoinput: null };
const toggles = { audioinput: $('#prejoin-microphone'), videoinput: $('#prejoin-camera') };
const PREFERENCE = { audioinput: 'microphoneOn', videoinput: 'cameraOn' };
const WORDS = { audioinput: ['microphone_on', 'microphone_off'], videoinput: ['camera_on', 'camera_off'] };
let audio = null;
let meterTimer = null;
const problems = {};

/** What the person chose, for the room. */
export const choices = () => ({
  microphone: preference('microphoneOn') && !problems.audioinput,
  camera: preference('cameraOn') && !problems.videoinput,
});

function stopStream(kind) {
  streams[kind]?.getTracks().forEach((track) => track.stop());
  streams[kind] = null;
}

async function open(kind) {
  stopStream(kind);
  delete problems[kind];
  if (preference(PREFERENCE[kind])) {
    try {
      const constraint = { ...wanted(kind), ...(kind === 'videoinput' && { width: { ideal: 1280 }, height: { ideal: 720 } }) };
      streams[kind] = await navigator.mediaDevices.getUserMedia(
        kind === 'audioinput' ? { audio: constraint } : { video: constraint },
      );
    } catch (error) {
      problems[kind] = explain(error, kind);
    }
  }
  reflect(kind);
}

function reflect(kind) {
  const isOn = Boolean(streams[kind]);
  const toggle = toggles[kind];
  toggle.setAttribute('aria-pressed', String(isOn));
  toggle.setAttribute('aria-label', text(WORDS[kind][isOn ? 1 : 0]));
  show($('#prejoin-problem'), [...new Set(Object.values(problems))].join(' '));
  if (kind === 'videoinput') {
    $('#preview').srcObject = streams.videoinput;
    $('#preview').hidden = !isOn;
    $('#preview-off').hidden = isOn;
  } else {
    measure();
  }
}

function measure() {
  clearInterval(meterTimer);
  $('#level').value = 0;
  if (!streams.audioinput) return;
  audio ??= new AudioContext();
  const analyser = audio.createAnalyser();
  analyser.fftSize = 512;
  audio.createMediaStreamSource(streams.audioinput).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  meterTimer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const power = Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
    $('#level').value = Math.min(1, power * 4);
  }, 100);
}

async function testSound() {
  const context = new AudioContext();
  const speaker = preference('audiooutput');
  if (speaker && context.setSinkId) await context.setSinkId(speaker).catch(() => {});
  [523.25, 659.25, 783.99].forEach((frequency, index) => {
    const tone = context.createOscillator();
    const gain = context.createGain();
    const start = context.currentTime + index * 0.25;
    tone.frequency.value = frequency;
    gain.gain.setValueAtTime(0.2, start);
    gain.gain.exponentialRampToValueAtTime(0.001, start + 0.4);
    tone.connect(gain).connect(context.destination);
    tone.start(start);
    tone.stop(start + 0.4);
  });
  setTimeout(() => context.close(), 1500);
}

/** Opens the devices and keeps the page in step with them. */
export async function startPrejoin() {
  if (!navigator.mediaDevices) {
    show($('#prejoin-problem'), text('denied'));
    return;
  }
  for (const [kind, toggle] of Object.entries(toggles)) {
    toggle.addEventListener('click', () => {
      remember(PREFERENCE[kind], problems[kind] ? true : !preference(PREFERENCE[kind]));
      open(kind);
    });
  }
  onChoice((kind) => { if (kind in streams && $('#live').hidden) open(kind); });
  navigator.mediaDevices.addEventListener('devicechange', listDevices);
  $('#test-sound').addEventListener('click', testSound);
  $('#speaker-group').hidden = !('setSinkId' in HTMLMediaElement.prototype);
  // One question for both, where both are wanted; then one each, so that one may be missing.
  await open('audioinput');
  await open('videoinput');
  await listDevices();
}

/** Lets go of the devices: the room opens them itself. */
export function stopPrejoin() {
  clearInterval(meterTimer);
  stopStream('audioinput');
  stopStream('videoinput');
  audio?.close();
  audio = null;
}
