// Asks the server for a token, as often as it takes; the person can stop it at any time.
import { config, post, text } from '../lib/page.js';
import { deviceName } from './preferences.js';

const TRIES = 12;

/** Why there is no way in: `kind` for programs, the message for people. */
export class Refused extends Error {
  constructor(kind) {
    super(text(kind));
    this.kind = kind;
  }
}

const wait = (seconds, signal) => new Promise((resolve, reject) => {
  const timer = setTimeout(resolve, seconds * 1000);
  signal.addEventListener('abort', () => { clearTimeout(timer); reject(new Refused('gave_up')); }, { once: true });
});

/**
 * {token, url, identity, role, room}. Calls `onWait(sentence)` before each new try; throws Refused.
 * `roomLost` says that LiveKit held no such room although the server believed so.
 */
export async function admission({ onWait, signal, roomLost = false }) {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    let pause = Math.min(2 ** attempt, 10);
    let reason = 'unavailable';
    try {
      const answer = await post(config.join_url, { device: deviceName(), room_lost: roomLost });
      if (answer.ok) return await answer.json();
      if (answer.status === 401) throw new Refused('signed_out');
      if (answer.status === 404) throw new Refused('not_found');
      if (answer.status === 409) throw new Refused('over');
      if (answer.status < 500 && answer.status !== 429) throw new Refused('refused');
      pause = Number(answer.headers.get('Retry-After')) || pause;
    } catch (error) {
      if (error instanceof Refused) throw error;
      reason = navigator.onLine ? 'unavailable' : 'offline';
    }
    const jittered = pause * (0.75 + Math.random() / 2);
    onWait(text(reason, { n: Math.ceil(jittered) }));
    await wait(jittered, signal);
  }
  throw new Refused('gave_up');
}
