/** How the feeds of a room do, in words. Pure. */
import { printable } from "./format.js";

/** @type {Record<string, string>} */
const FEED_WORDS = {
  connecting: "connecting",
  up: "live",
  silent: "silent",
  down: "down",
  done: "ended",
  asleep: "asleep",
  failed: "failed",
};
const WORST_FIRST = ["failed", "down", "silent", "connecting", "done", "asleep", "up"];

/** What the feeds of a room are doing, in one word, and how bad that is: ok, warn or idle. @param {Record<string, any>[]|undefined} feeds */
export function feedState(feeds) {
  if (!feeds?.length) return { word: "no feed", tone: "idle" };
  const state = WORST_FIRST.find((each) => feeds.some((feed) => feed.state === each));
  return stateWords(state);
}

/** The word and tone of one feed's state. @param {string|undefined} state */
export function stateWords(state) {
  const tone = state === "up" ? "ok" : state === "asleep" || state === "done" || state === undefined ? "idle" : "warn";
  return { word: FEED_WORDS[state ?? ""] ?? printable(state, 16), tone };
}

/** A feed in a sentence: what it is and how it does. @param {Record<string, any>} feed */
export function feedSentence({ name, state, why }) {
  const reason = printable(why, 200);
  return `The feed ${printable(name, 40)} is ${stateWords(state).word}${reason ? `: ${reason}` : ""}.`;
}
