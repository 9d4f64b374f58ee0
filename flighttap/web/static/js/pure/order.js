/**
 * The order of the table's rows. Pure.
 *
 * Emergencies stand first whatever the order. Without another wish the nearest comes first; where
 * distances are not known, "seen" is calm: what was heard lately counts as equal, so rows do not
 * dance, the newest flights stand on top and the silent ones sink.
 */
import { BY_ID, nameOf } from "./columns.js";
import { ageOf } from "./listing.js";

/** @typedef {import("../state/fleet.js").Fleet} Fleet */
/** @typedef {import("./columns.js").Look} Look */
/** @typedef {{column: string, descending: boolean}} Sort */

const CALM_S = 17;
const STEP_S = 5;
const EMERGENCY = 32;
const NAMELESS = "\uffff"; // behind everything that has a callsign

/** The order in force: the one asked for, as far as there is such a column, else that at the start. @param {Sort|null} sort @param {Look} look @returns {Sort} */
export function inForce(sort, look) {
  if (sort !== null && BY_ID.has(sort.column)) return sort;
  return { column: look.place === null ? "seen" : "distance", descending: false };
}

/** What a click on a column's head makes of the present order. @param {Sort} by @param {string} column @returns {Sort} */
export function toggled(by, column) {
  if (by.column === column) return { column, descending: !by.descending };
  return { column, descending: BY_ID.get(column)?.descends === true };
}

/**
 * Compares slots.
 *
 * @param {Fleet} fleet
 * @param {Sort} by
 * @param {Look} look
 * @returns {(one: number, other: number) => number}
 */
export function comparing(fleet, by, look) {
  const sign = by.descending ? -1 : 1;
  const calm = by.column === "seen";
  const column = BY_ID.get(by.column);
  /** @type {Map<number, number|string>} */
  const values = new Map();
  const sortValue = (/** @type {number} */ slot) => {
    let value = values.get(slot);
    if (value === undefined) {
      value = calm
        ? calmAge(fleet, slot, look.now)
        : /** @type {import("./columns.js").Column} */ (column).value(fleet, slot, look);
      values.set(slot, value);
    }
    return value;
  };
  return (one, other) => {
    const pinned = (fleet.flags[other] & EMERGENCY) - (fleet.flags[one] & EMERGENCY);
    if (pinned !== 0) return pinned;
    const [mine, its] = [sortValue(one), sortValue(other)];
    if (mine !== its) {
      if (isUnknown(mine)) return isUnknown(its) ? tie(fleet, one, other, calm) : 1;
      if (isUnknown(its)) return -1;
      return mine < its ? -sign : sign;
    }
    return tie(fleet, one, other, calm);
  };
}

/** Slots in order. @param {Fleet} fleet @param {number[]} slots are put in order in place. @param {Sort} by @param {Look} look */
export function sorted(fleet, slots, by, look) {
  return slots.sort(comparing(fleet, by, look));
}

/** Where a slot belongs among slots that are in order already. @param {number} slot @param {number[]} slots @param {(one: number, other: number) => number} compare */
export function placeOf(slot, slots, compare) {
  let low = 0;
  let high = slots.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compare(slots[middle], slot) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** @param {Fleet} fleet @param {number} slot @param {number} now */
function calmAge(fleet, slot, now) {
  const seconds = ageOf(fleet, slot, now);
  return seconds < CALM_S ? 0 : Math.floor(seconds / STEP_S);
}

/** @param {number|string} value */
function isUnknown(value) {
  return value === "" || Number.isNaN(value);
}

/** @param {Fleet} fleet @param {number} one @param {number} other @param {boolean} calm */
function tie(fleet, one, other, calm) {
  if (calm && fleet.born[one] !== fleet.born[other]) return fleet.born[other] - fleet.born[one];
  const [mine, its] = [sortName(fleet, one), sortName(fleet, other)];
  if (mine !== its) return mine < its ? -1 : 1;
  return fleet.key[one] < fleet.key[other] ? -1 : 1;
}

/** @param {Fleet} fleet @param {number} slot */
function sortName(fleet, slot) {
  return fleet.record[slot].flight ? nameOf(fleet, slot) : NAMELESS + nameOf(fleet, slot);
}
