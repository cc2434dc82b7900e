/** Gets the camera and the microphone before the meeting, and says in one word why not. */

const WIDTH = 1280;
const HEIGHT = 720;

/** How a device stands: "on", or the reason why it is not. */
export const State = Object.freeze({
  ON: "on",
  OFF: "off",
  STARTING: "starting",
  BLOCKED: "blocked",
  MISSING: "missing",
  BUSY: "busy",
  UNSUPPORTED: "unsupported",
});

export const constraintsFor = {
  audio: (deviceId, match = "ideal") => ({
    deviceId: deviceId ? { [match]: deviceId } : undefined,
    echoCancellation: true,
    noiseSuppression: true,
    autoGainControl: true,
  }),
  video: (deviceId, match = "ideal") => ({
    deviceId: deviceId ? { [match]: deviceId } : undefined,
    width: { ideal: WIDTH },
    height: { ideal: HEIGHT },
  }),
};

/**
 * Asks for what `wanted` names ({audio: deviceId|"" , video: deviceId|""}; absent = not wanted).
 * Returns {audio: {track, state}, video: {track, state}} for what was asked; never rejects.
 */
export async function capture(wanted) {
  const kinds = Object.keys(wanted);
  if (!navigator.mediaDevices?.getUserMedia) {
    return Object.fromEntries(kinds.map((kind) => [kind, { track: null, state: State.UNSUPPORTED }]));
  }
  if (kinds.length > 1) {
    // One question to the person instead of two.
    const both = await ask(wanted, kinds);
    if (both.tracks) return toResult(both.tracks, kinds);
  }
  const result = {};
  for (const kind of kinds) {
    const { tracks, state } = await ask(wanted, [kind]);
    result[kind] = { track: tracks?.[kind] ?? null, state };
  }
  return result;
}

/** The chosen devices and no others; when one of them is gone, whatever there is. */
async function ask(wanted, kinds, match = "exact") {
  try {
    const constraints = Object.fromEntries(
      kinds.map((kind) => [kind, constraintsFor[kind](wanted[kind], match)]),
    );
    const stream = await navigator.mediaDevices.getUserMedia(constraints);
    const tracks = { audio: stream.getAudioTracks()[0], video: stream.getVideoTracks()[0] };
    return { tracks, state: State.ON };
  } catch (error) {
    if (error.name === "OverconstrainedError" && match === "exact") return ask(wanted, kinds, "ideal");
    return { tracks: null, state: reasonOf(error) };
  }
}

function toResult(tracks, kinds) {
  return Object.fromEntries(kinds.map((kind) => [kind, { track: tracks[kind], state: State.ON }]));
}

/** The state that a failed getUserMedia leaves, from the name of its DOMException. */
export function reasonOf(error) {
  switch (error?.name) {
    case "NotAllowedError":
    case "SecurityError":
    case "PermissionDeniedError":
      return State.BLOCKED;
    case "NotFoundError":
    case "DevicesNotFoundError":
    case "OverconstrainedError":
      return State.MISSING;
    default:
      return State.BUSY; // NotReadableError, AbortError: another program holds it
  }
}
