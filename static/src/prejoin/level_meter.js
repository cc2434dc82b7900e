/** Shows how loud the microphone hears, and says in words whether it hears at all. */

const HEARD = 0.06;
const SILENT_AFTER = 6000;

/**
 * Follows `track` until the returned function is called. `onLevel` gets 0 to 1 on each frame;
 * `onHeard` gets true once something is heard, false after a long silence.
 */
export function followLevel(track, { onLevel, onHeard }) {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  const source = context.createMediaStreamSource(new MediaStream([track]));
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let frame = 0;
  let lastHeard = performance.now();
  let heard = null;

  // Browsers start sound only after a gesture: until then the meter waits for one.
  const resume = () => context.resume().catch(() => {});
  const gestures = ["pointerdown", "keydown"];
  if (context.state === "suspended") resume();
  for (const gesture of gestures) addEventListener(gesture, resume);

  const measure = (now) => {
    frame = requestAnimationFrame(measure);
    if (context.state !== "running") {
      lastHeard = now;
      return;
    }
    analyser.getFloatTimeDomainData(samples);
    let sum = 0;
    for (const sample of samples) sum += sample * sample;
    // Speech lies around -40 to -10 dB: shown on a scale of decibels, as ears hear.
    const decibels = 10 * Math.log10(sum / samples.length + 1e-9);
    const level = Math.min(1, Math.max(0, (decibels + 55) / 45));
    onLevel(level);
    if (level > HEARD) lastHeard = now;
    const hears = now - lastHeard < SILENT_AFTER && (heard === true || level > HEARD);
    if (hears !== heard && (hears || now - lastHeard >= SILENT_AFTER)) {
      heard = hears;
      onHeard(hears);
    }
  };
  frame = requestAnimationFrame(measure);

  return () => {
    cancelAnimationFrame(frame);
    for (const gesture of gestures) removeEventListener(gesture, resume);
    source.disconnect();
    context.close();
    onLevel(0);
  };
}
