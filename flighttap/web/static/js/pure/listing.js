/** Which flights are listed, and how old they look: readsb's rules. Pure. */

/** @typedef {import("../state/fleet.js").Fleet} Fleet */

const POSITION_SHOWN = 60; // seconds
const HEARD_SHOWN = 30;
// The server touches a flight that is heard but unchanged only every 15 s, so that one second or
// two more must pass before silence means silence.
const FADING = 17;
const FADED = 40;

/** Seconds since a flight was last heard, at the server's time `now`. @param {Fleet} fleet @param {number} slot @param {number} now */
export function ageOf(fleet, slot, now) {
  return Math.max(0, now - fleet.heardAt[slot]);
}

/** Whether it is current enough to be listed. @param {Fleet} fleet @param {number} slot @param {number} now */
export function isListed(fleet, slot, now) {
  return now - fleet.heardAt[slot] < HEARD_SHOWN || now - fleet.posAt[slot] < POSITION_SHOWN;
}

/** 0 fresh, 1 fading, 2 faded. @param {Fleet} fleet @param {number} slot @param {number} now */
export function staleness(fleet, slot, now) {
  const seconds = now - fleet.heardAt[slot];
  return seconds > FADED ? 2 : seconds > FADING ? 1 : 0;
}
