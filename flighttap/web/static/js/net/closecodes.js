/** What a close code means to the person who reads it. Codes: docs/protocol.md, "Close codes". */

const REFUSED = new Map([
  [4500, ["this room needs a valid token", "Ask whoever runs this server for one."]],
  [
    4501,
    [
      "too many messages the server could not read",
      "Reload the page. If it happens again, page and server may be of different versions.",
    ],
  ],
  [4502, ["you may not watch this room from here", "Ask whoever runs this server to let you in."]],
  [4503, ["the server has as many connections or rooms as it allows", "Close other tabs, or try again later."]],
  [4504, ["this room is full", "Try again later, or choose another room."]],
  [4505, ["this server has no such room", "Only rooms named in its configuration are open. Choose one of those."]],
  [4506, ["an operator removed you from this room", "Ask whoever runs this server why."]],
]);

const PASSING = new Map([
  [1001, "the server stopped"],
  [1006, "the connection was lost"],
  [1009, "a message was too big"],
  [1011, "the server had a fault"],
  [4000, "the server is restarting"],
  [4001, "the token expired"],
  [4002, "this page did not read fast enough"],
  [4003, "the connection went silent"],
  [4004, "the server asked for a fresh start"],
  [4006, "too much was sent too fast"],
]);

/** Whether a page that was closed with this code must not come back by itself. */
export function isFinal(code) {
  return code >= 4500 && code <= 4999;
}

/**
 * @param {number} code the close code.
 * @returns {{why: string, remedy: string}} the reason in lower case, to stand after a colon, and what to do.
 */
export function explain(code) {
  if (isFinal(code)) {
    const [why, remedy] = REFUSED.get(code) ?? [
      `the server said no (code ${code})`,
      "Ask whoever runs this server why.",
    ];
    return { why, remedy };
  }
  return { why: PASSING.get(code) ?? `the connection closed (code ${code})`, remedy: "" };
}
