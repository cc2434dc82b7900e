/** What stands for a person on the screen: name, ministry where foreign, initials. */

/** « Claire Martin » → « CM ». */
export function initials(name) {
  const words = name.trim().split(/[\s-]+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words;
  return letters.map((word) => [...word][0].toLocaleUpperCase()).join("");
}

export const nameOf = (participant) => participant.name || participant.identity.split(".")[0];

/** The ministry, given by the server only when it is not the meeting's own. */
export const organisationOf = (participant) => participant.attributes?.organisation ?? "";

export const isHost = (participant) => participant.attributes?.role === "host";
