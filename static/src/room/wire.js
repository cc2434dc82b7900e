/** What our server says to the room: hands each message to the parts that wait for its type. */

import { RoomEvent } from "../../vendor/livekit-client.esm.mjs";

const TOPIC = "visio";

const isText = (value) => typeof value === "string";
const isRecord = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const isSomebody = (value) => isRecord(value) && isText(value.id) && isText(value.name);

/** One message of the chat, as the server writes it. */
export const isChatLine = (value) =>
  isRecord(value) &&
  isSomebody(value.from) &&
  isText(value.from.organisation) &&
  [value.id, value.key, value.text].every(isText) &&
  !Number.isNaN(Date.parse(value.at)) &&
  typeof value.edited === "boolean";

/** The shape of each message (meetings/protocol.py); what has another one is ignored. */
const SHAPES = {
  notice: (message) =>
    isText(message.what) &&
    isSomebody(message.by) &&
    (message.person === null || isSomebody(message.person)) &&
    (message.rights === null || isRecord(message.rights)) &&
    isText(message.role),
  chat: ({ message }) => isChatLine(message),
  chat_deleted: ({ id, by }) => isText(id) && isSomebody(by),
  reaction: ({ reaction, from }) => isText(reaction) && isSomebody(from),
};

export function listenToServer({ room }) {
  const listeners = new Map(); // type → [listener]

  room.on(RoomEvent.DataReceived, (payload, participant, kind, topic) => {
    // Only the server can send without being a participant.
    if (participant || topic !== TOPIC) return;
    const message = read(payload);
    if (message) listeners.get(message.type)?.forEach((listener) => listener(message));
  });

  return {
    /** Calls `listener(message)` for each message of a type. */
    on(type, listener) {
      listeners.set(type, [...(listeners.get(type) ?? []), listener]);
    },
  };
}

function read(payload) {
  try {
    const message = JSON.parse(new TextDecoder().decode(payload));
    return isRecord(message) && Object.hasOwn(SHAPES, message.type) && SHAPES[message.type](message)
      ? message
      : null;
  } catch {
    return null;
  }
}
