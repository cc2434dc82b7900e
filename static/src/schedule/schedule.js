/** Helps to fill the planning form: durations in one press, people as a list, a summary. */

import { enhanceDurations } from "./durations.js";
import { enhanceInvitees } from "./invitees.js";
import { enhanceSummary } from "./summary.js";

const form = document.getElementById("meeting-form");
enhanceDurations(form, document.getElementById("durations"));
const invitees = enhanceInvitees(document.getElementById("invitees"));
enhanceSummary(form, document.getElementById("summary"), invitees);
