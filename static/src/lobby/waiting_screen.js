/** What somebody sees who waits to be admitted: what happens, since when, and what they can do. */

import { announce } from "../lib/announce.js";
import { byId, setText } from "../lib/elements.js";
import { startCountdown } from "../room/countdown.js";
import { text } from "../room/texts.js";
import { timeOfDay } from "../room/times.js";
import { waitAtDoor } from "./door.js";
import { givePlaceUp, takePlace } from "./place.js";
import { callBack } from "./tab_title.js";

/** Shows the screen until somebody decides; answers and throws as `waitAtDoor` does. */
export async function waitToBeAdmitted({ socket, config, signal }) {
  const countdown = startCountdown();
  const since = takePlace(config.slug);
  let isLost = false;
  let said = ""; // nothing is said before the server has told whether the host is there

  byId("waiting-since").dateTime = since.toISOString();
  setText(byId("waiting-since"), timeOfDay(config.locale, since));
  setText(byId("waiting-text"), text("waiting_text"));
  showProblem("");
  byId("waiting-title").focus();

  function showProblem(message) {
    setText(byId("waiting-problem"), message);
  }

  function onHostPresent(isPresent) {
    countdown.stop();
    showProblem("");
    if (isLost) announce(text("waiting_back"));
    isLost = false;
    const words = text(isPresent ? "waiting_text" : "waiting_no_host");
    if (words === said) return;
    said = words;
    setText(byId("waiting-text"), words);
    announce(words);
  }

  function onLost({ cause, seconds }) {
    const key = `waiting_lost_${cause}`;
    if (!isLost) announce(text(key, { seconds }));
    isLost = true;
    countdown.run(seconds, (left) => showProblem(text(key, { seconds: left })));
  }

  try {
    const admission = await waitAtDoor({ socket, config, signal, onHostPresent, onLost });
    callBack(text("admitted_title"));
    announce(text("admitted"));
    return admission;
  } catch (error) {
    if (!signal.aborted) callBack(text("turned_away_title"));
    throw error;
  } finally {
    givePlaceUp();
    countdown.stop();
  }
}
