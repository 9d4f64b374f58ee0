/** What a close code means to the person who reads it. Codes: docs/protocol.md, "Close codes". */

/** No code of the server's: it has asked for a token, and there is none. */
export const NEEDS_TOKEN = 4999;

const REFUSED = new Map([
  [NEEDS_TOKEN, ["this room needs a token", "Whoever runs this server can give you one."]],
  [
    4500,
    ["this room needs a valid token", "This one is not, or is no more. Whoever runs this server can give you another."],
  ],
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

/** Whether another token may open what was closed with this code. @param {number|undefined} code */
export function mayOpen(code) {
  return code === NEEDS_TOKEN || code === 4500 || code === 4502;
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
