/** The page's story: prejoin → joining → joined → left, and back. */

import { announce } from "../lib/announce.js";
import { byId, setText } from "../lib/elements.js";
import { createPrejoin } from "../prejoin/prejoin.js";
import { startCountdown } from "./countdown.js";
import { EntryRefused } from "./entering.js";
import { text } from "./texts.js";
import { showLocalTimes } from "./times.js";

const config = JSON.parse(byId("room-config").textContent);
const displayName = document.querySelector(".preview__name").textContent;

// The media client is large: it loads while the person looks at the preview.
const meetingModule = import("./meeting.js");
meetingModule.catch(() => {}); // said when it is needed

const prejoin = createPrejoin({ displayName, onJoin: join });
let attempt = null; // AbortController of the join under way
let choices = null; // what the last stay was entered with; null before the first

function setState(state) {
  document.body.dataset.roomState = state;
  byId("prejoin").hidden = !["prejoin", "joining"].includes(state);
  byId("room").hidden = state !== "joined";
  byId("left").hidden = state !== "left";
  byId("join").disabled = state === "joining";
  setText(byId("join"), text(state === "joining" ? "joining" : "join"));
  byId("join-cancel").hidden = state !== "joining";
}

async function join() {
  if (attempt) return;
  attempt = new AbortController();
  byId("join-problem").hidden = true;
  setState("joining");
  progress(text("connecting"));
  const countdown = startCountdown();
  try {
    const { createMeeting } = await meetingModule.catch(() => {
      throw new EntryRefused("no_client", "");
    });
    const meeting = createMeeting({ config, onLeft: left });
    await meeting.enter({
      signal: attempt.signal,
      onWaiting: ({ cause, seconds }) => {
        announce(text(`retry_${cause}`, { seconds }));
        countdown.run(seconds, (remaining) => progress(text(`retry_${cause}`, { seconds: remaining })));
      },
      chooseTracks: () => (choices = choices ?? prejoin.handOver()),
    });
    choices = { ...choices, audioTrack: null, videoTrack: null };
    setState("joined");
    meeting.show();
    announce(text("you_joined"));
  } catch (error) {
    backToPreview(error);
  } finally {
    countdown.stop();
    progress("");
    attempt = null;
  }
}

function backToPreview(error) {
  setState("prejoin");
  if (choices) {
    // It was a return: the preview's tracks went with the stay that was left.
    choices = null;
    prejoin.start();
  }
  if (attempt.signal.aborted) return;
  if (!(error instanceof EntryRefused)) console.error(error);
  showProblem(error instanceof EntryRefused ? error : new EntryRefused("failed", ""));
}

/** Not a live region: the countdown would be read every second. */
function progress(message) {
  setText(byId("join-progress"), message);
}

function showProblem({ kind, title }) {
  setText(byId("join-problem-text"), title || text(`refused_${kind}`));
  byId("join-sign-in").hidden = kind !== "signed_out";
  byId("join-problem").hidden = false;
  byId("join").hidden = ["unknown", "over"].includes(kind);
}

/** `reason` names why, as in the texts `left_…`; `mayComeBack` offers to. `last`: devices' state. */
function left({ reason, mayComeBack, last }) {
  choices = { ...choices, ...last };
  setState("left");
  setText(byId("left-title"), text(`left_${reason}_title`));
  setText(byId("left-text"), text(`left_${reason}_text`));
  byId("come-back").hidden = !mayComeBack;
  byId("left").dataset.reason = reason;
  byId("left-title").focus();
}

byId("join-cancel").addEventListener("click", () => attempt?.abort());
byId("come-back").addEventListener("click", () => {
  // A session that ended is renewed by the page itself.
  if (byId("left").dataset.reason === "signed_out") return location.reload();
  join();
});

showLocalTimes(config.locale);
prejoin.start();
