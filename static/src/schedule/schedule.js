/** Helps to fill the planning form: durations in one press, people as a list, a summary. */

import { byId } from "../lib/elements.js";
import { enhanceAccess } from "./access.js";
import { enhanceDurations } from "./durations.js";
import { enhanceInvitees } from "./invitees.js";
import { enhanceSummary } from "./summary.js";

const form = byId("meeting-form");
const group = byId("invitees");
enhanceDurations(form, byId("durations"));
const invitees = enhanceInvitees(group);
const access = enhanceAccess(form, {
  sentence: byId("access-sentence"),
  warning: byId("outside-warning"),
  group,
  invitees,
});
enhanceSummary(form, byId("summary"), { invitees, access });
