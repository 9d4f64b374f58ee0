/**
 * The order of the table's rows. Pure.
 *
 * Emergencies stand first whatever the order. "Seen", the order at the start, is calm: what was
 * heard lately counts as equal, so rows do not dance; the newest flights stand on top and the
 * silent ones sink.
 */
import { BY_ID } from "../ui/columns.js";
import { emergency, title } from "./format.js";
import { ageOf } from "./listing.js";

const CALM_S = 17;
const STEP_S = 5;
const NAMELESS = "\uffff"; // behind everything that has a callsign

export const START = { column: "seen", descending: false };

/**
 * @param {Iterable<object>} flights
 * @param {{column: string, descending: boolean}} by
 * @param {number} now server time, seconds.
 * @returns {object[]} the flights, sorted.
 */
export function sorted(flights, by, now) {
  const rows = [];
  for (const flight of flights) rows.push(decorate(flight, by, now));
  const sign = by.descending ? -1 : 1;
  rows.sort((one, other) => compare(one, other, sign));
  return rows.map((row) => row.flight);
}

/** Where a flight belongs among `flights` that are sorted already. */
export function placeOf(flight, flights, by, now) {
  const sign = by.descending ? -1 : 1;
  const mine = decorate(flight, by, now);
  let low = 0;
  let high = flights.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compare(decorate(flights[middle], by, now), mine, sign) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What a click on a column's head makes of the present order. */
export function toggled(by, column) {
  if (by.column === column) return { column, descending: !by.descending };
  return { column, descending: BY_ID.get(column).descends === true };
}

function decorate(flight, by, now) {
  return {
    flight,
    pinned: emergency(flight.record) ? 0 : 1,
    value: by.column === "seen" ? seenStep(flight, now) : BY_ID.get(by.column).value(flight),
    born: by.column === "seen" ? flight.born : 0,
    name: flight.record.flight ? title(flight) : NAMELESS + title(flight),
  };
}

function seenStep(flight, now) {
  const seconds = ageOf(flight, now);
  return seconds < CALM_S ? 0 : Math.floor(seconds / STEP_S);
}

function compare(one, other, sign) {
  if (one.pinned !== other.pinned) return one.pinned - other.pinned;
  if (one.value !== other.value) {
    if (one.value === null) return 1;
    if (other.value === null) return -1;
    return one.value < other.value ? -sign : sign;
  }
  if (one.born !== other.born) return other.born - one.born;
  if (one.name !== other.name) return one.name < other.name ? -1 : 1;
  return one.flight.key < other.flight.key ? -1 : 1;
}
