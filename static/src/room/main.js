/** The page's story: prejoin → joining (→ waiting → joining) → joined → left, and back. */

import { announce } from "../lib/announce.js";
import { byId, setText } from "../lib/elements.js";
import { hasWaited } from "../lobby/place.js";
import { waitToBeAdmitted } from "../lobby/waiting_screen.js";
import { askGuest } from "../prejoin/guest.js";
import { createPrejoin } from "../prejoin/prejoin.js";
import { startCountdown } from "./countdown.js";
import { MustWait } from "./entering.js";
import { EntryRefused } from "./join_request.js";
import { leftBecause, showLeft } from "./left.js";
import { text } from "./texts.js";
import { showLocalTimes, useZone } from "./times.js";

const config = JSON.parse(byId("room-config").textContent);
const displayName = document.querySelector(".preview__name").textContent;

// The media client is large: it loads while the person looks at the preview.
const meetingModule = import("./meeting.js");
meetingModule.catch(() => {}); // said when it is needed

const prejoin = createPrejoin({ displayName, atEntry: config.at_entry, onJoin: () => join() });
const guest = askGuest(config);
let attempt = null; // AbortController of the join under way
let choices = null; // what the last stay was entered with; null before the first

function setState(state) {
  document.body.dataset.roomState = state;
  byId("prejoin").hidden = !["prejoin", "joining", "waiting"].includes(state);
  byId("waiting").hidden = state !== "waiting";
  // Whoever is admitted has waited: what they said of themselves stays away until they are in.
  if (state !== "joining") byId("guest")?.toggleAttribute("hidden", state === "waiting");
  byId("prejoin-join").hidden = state === "waiting";
  byId("room").hidden = state !== "joined";
  byId("left").hidden = state !== "left";
  byId("join").disabled = state === "joining";
  setText(byId("join"), text(state === "joining" ? "joining" : "join"));
  byId("join-cancel").hidden = state !== "joining";
}

/** Goes in, and waits before that as often as it must. `socket`: one waits there already. */
async function join({ socket = null } = {}) {
  if (attempt || !guest.isReady()) return;
  attempt = new AbortController();
  const { signal } = attempt;
  if (!socket) config.stay = null; // the person asks, whatever meeting is held here by now
  byId("join-problem").hidden = true;
  try {
    let waitsAt = socket;
    let admission = null;
    do {
      if (waitsAt) admission = await waitAt(waitsAt, signal);
      waitsAt = await enter(admission, signal);
    } while (waitsAt);
  } catch (error) {
    if (signal.aborted) return backToPreview();
    if (!(error instanceof EntryRefused)) console.error(error);
    turnAway(error instanceof EntryRefused ? error : new EntryRefused("failed"));
  } finally {
    attempt = null;
  }
}

/** Null once in the room, or the address where one waits. */
async function enter(admission, signal) {
  setState("joining");
  progress(text(admission ? "admitted" : "connecting"));
  const countdown = startCountdown();
  try {
    const { createMeeting } = await meetingModule.catch(() => {
      throw new EntryRefused("no_client");
    });
    const meeting = createMeeting({ config, onLeft: left });
    await meeting.enter({
      signal,
      admission,
      onRetry: ({ cause, seconds }) => {
        announce(text(`retry_${cause}`, { seconds }));
        countdown.run(seconds, (remaining) => progress(text(`retry_${cause}`, { seconds: remaining })));
      },
      chooseTracks: () => (choices = choices ?? prejoin.handOver()),
    });
    choices = { ...choices, audioTrack: null, videoTrack: null };
    setState("joined");
    meeting.show();
    announce(text("you_joined"));
    return null;
  } catch (error) {
    if (error instanceof MustWait) return error.socket;
    throw error;
  } finally {
    countdown.stop();
    progress("");
  }
}

function waitAt(socket, signal) {
  setState("waiting");
  showPreview();
  return waitToBeAdmitted({ socket, config, signal });
}

/** After a stay, its choices are the preview's to make again. */
function showPreview() {
  choices = null;
  prejoin.start();
}

function backToPreview() {
  setState("prejoin");
  showPreview();
  byId("join").focus();
}

/** Not a live region: the countdown would be read every second. */
function progress(message) {
  setText(byId("join-progress"), message);
}

/** A no: at the field that it is about, on a screen of its own, or above the button. */
function turnAway(refusal) {
  const wasWaiting = document.body.dataset.roomState === "waiting";
  const because = leftBecause(refusal, wasWaiting);
  if (because) return left(because);
  setState("prejoin");
  showPreview();
  if (!guest.explain(refusal.kind)) showProblem(refusal);
}

function showProblem({ kind, title }) {
  setText(byId("join-problem-text"), title || text(`refused_${kind}`));
  byId("join-sign-in").hidden = kind !== "signed_out";
  byId("join-problem").hidden = false;
  byId("join").hidden = ["unknown", "over"].includes(kind);
}

/** `last`: how the devices stood in the stay that is over. */
function left({ last = null, socket = null, ...because }) {
  if (last) choices = { ...choices, ...last };
  if (because.reason === "waiting") {
    // Not within the event that ended the stay: its parts are still being put away.
    return setTimeout(() => join({ socket }));
  }
  prejoin.rest();
  setState("left");
  showLeft(because);
}

byId("join-cancel").addEventListener("click", () => attempt?.abort());
byId("waiting-leave").addEventListener("click", () => attempt?.abort());
byId("come-back").addEventListener("click", () => {
  // A session that ended is renewed by the page itself.
  if (byId("left").dataset.reason === "signed_out") return location.reload();
  join();
});

useZone(config.zone);
showLocalTimes(config.locale);
setState("prejoin");
prejoin.start();
if (hasWaited(config.slug)) join();
