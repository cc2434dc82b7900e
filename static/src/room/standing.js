/** What the server has written on participants and on the room; nobody else can. */

const read = (participant, name) => participant.attributes?.[name] ?? "";

/** The person, whatever the device they are here with. */
export const personOf = (participant) => participant.identity.split(".")[0];

export const roleOf = (participant) => read(participant, "role");

/** "agent", "code" (an address proven by a code) or "name" (nothing proven). */
export const proofOf = (participant) => read(participant, "proof");

/** Whether it is somebody whom no ministry vouches for. */
export const isOutside = (participant) => ["code", "name"].includes(proofOf(participant));

/** When the hand was raised (ISO), or "". */
export const handOf = (participant) => read(participant, "hand");

export const mayDo = (participant, word) => read(participant, "may").split(",").includes(word);

/** {locked, allowed: {microphone, camera, share, chat}}: what holds for all participants. */
export function roomRules(room) {
  let rules = {};
  try {
    rules = JSON.parse(room.metadata || "{}");
  } catch {
    // A room that says nothing is open.
  }
  const allowed = { microphone: true, camera: true, share: true, chat: true };
  return { locked: rules?.locked === true, allowed: { ...allowed, ...rules?.allowed } };
}

/** Whether the room's rules bind this participant; hosts and presenters speak all the same. */
export const isBound = (participant) => ["participant", "guest"].includes(roleOf(participant));
