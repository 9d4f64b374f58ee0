/** Which flights are shown, and how old they look: readsb's rules. Pure. */
import { emergency, printable } from "./format.js";

const POSITION_SHOWN = 60; // seconds
const HEARD_SHOWN = 30;
// The server touches a flight that is heard but unchanged only every 15 s, so that one second or
// two more must pass before silence means silence.
const FADING = 17;
const FADED = 40;

/** Seconds since the flight was last heard, at the server's time `now`. */
export function ageOf(flight, now) {
  return Math.max(0, now - flight.heard);
}

/** Whether it is current enough to be listed. */
export function isListed(flight, now) {
  return now - flight.heard < HEARD_SHOWN || (flight.heardPos !== null && now - flight.heardPos < POSITION_SHOWN);
}

/** 0 fresh, 1 fading, 2 faded. */
export function staleness(flight, now) {
  const seconds = now - flight.heard;
  return seconds > FADED ? 2 : seconds > FADING ? 1 : 0;
}

/** Whether a search for `query` (lower case) finds the flight. */
export function matches(flight, query) {
  if (query === "") return true;
  const { record, key } = flight;
  if (key.includes(query)) return true;
  for (const name of ["flight", "r", "t", "squawk"]) {
    if (printable(record[name]).toLowerCase().includes(query)) return true;
  }
  return (emergency(record) ?? "").toLowerCase().includes(query);
}
