/** Which aircraft are named before others: selected, emergencies, watched ones, then the lower before the higher. Pure. */
import { EMERGENCY, GROUND } from "../state/fleet.js";

const STEP_FT = 250; // of a bucket
const UNKNOWN = 100000; // ranks behind every altitude
const GROUNDED = 110000;
const BUCKETS = GROUNDED / STEP_FT + 2;

/**
 * Whom a person is interested in.
 *
 * @typedef {object} Who
 * @property {ReadonlySet<string>} selected
 * @property {ReadonlySet<string>} watched
 * @property {string|null} hovered
 */

/** The lower, the more important; below 0 are those that somebody asked for, and emergencies. @param {import("../state/fleet.js").Fleet} fleet @param {number} slot @param {Who} who */
export function rank(fleet, slot, { selected, watched, hovered }) {
  if (hovered !== null && fleet.key[slot] === hovered) return -5;
  if (selected.size > 0 && selected.has(fleet.key[slot])) return -4;
  if (fleet.flags[slot] & EMERGENCY) return -3;
  if (watched.size > 0 && watched.has(fleet.key[slot])) return -2;
  if (fleet.flags[slot] & GROUND) return GROUNDED;
  const alt = fleet.alt[slot];
  return Number.isNaN(alt) ? UNKNOWN : Math.max(0, Math.min(UNKNOWN - 1, alt));
}

/**
 * The most important of many, in order, without sorting them all.
 *
 * @param {import("../state/fleet.js").Fleet} fleet
 * @param {Uint32Array} slots
 * @param {Who} who
 * @param {number} most
 * @returns {{slot: number, value: number}[]}
 */
export function leading(fleet, slots, who, most) {
  const values = new Float32Array(slots.length);
  const counts = new Uint32Array(BUCKETS);
  for (let index = 0; index < slots.length; index += 1) {
    values[index] = rank(fleet, slots[index], who);
    counts[bucketOf(values[index])] += 1;
  }
  let last = 0;
  for (let sum = counts[0]; sum < most && last < BUCKETS - 1; sum += counts[last]) last += 1;
  const found = [];
  for (let index = 0; index < slots.length; index += 1) {
    if (bucketOf(values[index]) <= last) found.push({ slot: slots[index], value: values[index] });
  }
  return found.sort((one, other) => one.value - other.value).slice(0, most);
}

/** @param {number} value */
function bucketOf(value) {
  return value < 0 ? 0 : 1 + Math.floor(value / STEP_FT);
}
