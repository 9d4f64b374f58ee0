/** Which notice floats over the map, if any: decided here, drawn by ui/notice.js. Pure. */
import { mayOpen } from "../net/closecodes.js";
import { feedSentence } from "./feeds.js";

/**
 * @param {object} facts
 * @param {import("../net/connection.js").State} facts.state of the connection.
 * @param {boolean} facts.known whether the room's flights have come once.
 * @param {number} facts.listed
 * @param {number} facts.shown
 * @param {boolean} facts.filters whether any filter is in force.
 * @param {boolean} facts.before whether there ever were flights.
 * @param {Record<string, any>[]|null} facts.feeds of the room, null while not known.
 * @param {string|null} [facts.measured] what is measured on the map.
 * @param {string|null} [facts.demo] the room with a simulated sky, null where there is none.
 * @param {string|null} [facts.followed] the name of whose view is followed.
 * @returns {{kind: string, more?: Record<string, any>}}
 */
export function noticeOf({
  state,
  known,
  listed,
  shown,
  filters,
  before,
  feeds,
  measured = null,
  demo = null,
  followed = null,
}) {
  if (state.phase === "refused") {
    return { kind: "refused", more: { why: state.why, remedy: state.remedy, token: mayOpen(state.code) } };
  }
  if (measured !== null) return { kind: "measure", more: { text: measured } };
  if (!known) return { kind: state.phase === "waiting" ? "offline" : "connecting" };
  if (listed === 0) {
    if (state.phase !== "live") return { kind: "none" };
    if (feeds === null) return { kind: "connecting" };
    return feeds.length
      ? { kind: "waiting", more: { feeds: feeds.map(feedSentence) } }
      : { kind: "empty", more: { again: before, demo } };
  }
  if (shown === 0 && filters) return { kind: "filtered", more: { total: listed } };
  return followed === null ? { kind: "none" } : { kind: "together", more: { name: followed } };
}
