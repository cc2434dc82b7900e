/** Plays three rising notes on the chosen loudspeaker. */

const NOTES = [523.25, 659.25, 783.99]; // C5, E5, G5
const NOTE_SECONDS = 0.35;

/** Resolves when the sound has been played; rejects when the loudspeaker refuses. */
export async function playTestSound(speakerId) {
  const context = new AudioContext();
  try {
    await context.resume();
    const output = context.createMediaStreamDestination();
    NOTES.forEach((frequency, index) => playNote(context, output, frequency, index * NOTE_SECONDS));
    const player = new Audio();
    player.srcObject = output.stream;
    if (speakerId && player.setSinkId) await player.setSinkId(speakerId);
    await player.play();
    await new Promise((done) => setTimeout(done, NOTES.length * NOTE_SECONDS * 1000 + 300));
    player.srcObject = null;
  } finally {
    await context.close();
  }
}

function playNote(context, output, frequency, after) {
  const start = context.currentTime + after;
  const tone = context.createOscillator();
  const volume = context.createGain();
  tone.frequency.value = frequency;
  volume.gain.setValueAtTime(0, start);
  volume.gain.linearRampToValueAtTime(0.25, start + 0.03);
  volume.gain.exponentialRampToValueAtTime(0.001, start + NOTE_SECONDS);
  tone.connect(volume).connect(output);
  tone.start(start);
  tone.stop(start + NOTE_SECONDS);
}
