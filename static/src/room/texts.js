/** The words of the room. */

import { textsFrom } from "../lib/texts.js";

export const { text, counted } = textsFrom("room-texts");
