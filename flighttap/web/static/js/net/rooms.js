/** The list of open rooms: asked of the API every few seconds while somebody looks, shown as rows. */

import { count, printable } from "../pure/format.js";
import { roomPath } from "../pure/url.js";
import { el, show, write } from "../ui/dom.js";

const EVERY_MS = 5000;
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

/** Ask the API for JSON; null when there is no answer to be had. */
export async function ask(path) {
  try {
    const answer = await fetch(path, { headers: { Accept: "application/json" } });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

/** What the feeds of a room are doing, in one word, and how bad that is: ok, warn or idle. */
export function feedState(feeds) {
  if (!feeds?.length) return { word: "no feed", tone: "idle" };
  const state = WORST_FIRST.find((each) => feeds.some((feed) => feed.state === each));
  return stateWords(state);
}

/** The word and tone of one feed's state. */
export function stateWords(state) {
  const tone = state === "up" ? "ok" : state === "asleep" || state === "done" || state === undefined ? "idle" : "warn";
  return { word: FEED_WORDS[state] ?? printable(state, 16), tone };
}

/** A feed in a sentence: what it is and how it does. */
export function feedSentence({ name, state, why }) {
  const reason = printable(why, 200);
  return `The feed ${printable(name, 40)} is ${stateWords(state).word}${reason ? `: ${reason}` : ""}.`;
}

/**
 * Keep a list up to date until told to stop.
 *
 * @param {HTMLUListElement} list
 * @param {HTMLElement} note the line that says that there is none, or no answer.
 * @param {() => boolean} wanted whether anybody looks.
 * @returns {() => void} refreshes at once.
 */
export function keepRooms(list, note, wanted) {
  const refresh = async () => {
    if (!wanted() || document.hidden) return;
    const answer = await ask("/api/v1/rooms");
    const rooms = answer?.rooms ?? [];
    list.replaceChildren(...rooms.map(row));
    show(list, rooms.length > 0);
    show(note, rooms.length === 0);
    write(
      note,
      answer
        ? "None yet. Type a name above: the room opens when you enter it."
        : "The server does not answer. Trying again every 5 s.",
    );
  };
  setInterval(refresh, EVERY_MS);
  document.addEventListener("visibilitychange", refresh);
  refresh();
  return refresh;
}

function row(room) {
  const { word, tone } = feedState(room.feeds);
  return el(
    "li",
    {},
    el(
      "a",
      { href: roomPath(room.room) },
      el(
        "span",
        { class: "name" },
        room.room,
        ...(room.simulated ? [" ", el("span", { class: "tag" }, "simulated")] : []),
      ),
      el("span", { class: "figure" }, `${count(room.aircraft ?? 0, "aircraft", "aircraft")}`),
      el("span", { class: "figure" }, `${count(room.watchers ?? 0, "watching", "watching")}`),
      el("span", { class: "feed", "data-tone": tone }, el("i", { class: "dot" }), word),
    ),
  );
}
