/**
 * The columns of the table of flights, as data. Pure.
 *
 * `value` is what a column sorts by, "" or NaN where it is not known (which always comes last); `text`
 * is what its cell shows. `width` is what it takes, pixels. `lack` says how to get the data, for the
 * line under the table that explains a column hidden for having none.
 */
import * as format from "./format.js";
import { bearing, distance, wind } from "./geo.js";
import { figure, unitOf } from "./units.js";

/** @typedef {import("../state/fleet.js").Fleet} Fleet */

/**
 * What a cell needs to know besides the fleet.
 *
 * @typedef {object} Look
 * @property {number} now server time, seconds.
 * @property {import("./units.js").Units} units
 * @property {import("./geo.js").Place|null} place where distances are measured from.
 * @property {Map<string, string>} names of members of the room, by their public id.
 * @property {Map<string, {rssi?: number, messages?: number}>} signals what the stream does not carry, by key.
 */

/**
 * @typedef {object} Column
 * @property {string} id
 * @property {string} label
 * @property {string} title
 * @property {number} width
 * @property {(fleet: Fleet, slot: number, look: Look) => number|string} value
 * @property {(fleet: Fleet, slot: number, look: Look) => string} text
 * @property {(look: Look) => string} [unit]
 * @property {boolean} [figures] right-aligned.
 * @property {boolean} [descends] the first click sorts the largest first.
 * @property {string} [lack]
 */

const GROUND = 1;
const IMPORT = "an aircraft database, imported on the server (flighttap aircraft import)";
const PLACE = "a receiver position (receiver=LAT,LON on a feed)";

/** @param {string} name @param {number} [most] */
const said = (name, most) => ({
  value: (/** @type {Fleet} */ fleet, /** @type {number} */ slot) => format.printable(fleet.record[slot][name], most),
  text: (/** @type {Fleet} */ fleet, /** @type {number} */ slot) => format.printable(fleet.record[slot][name], most),
});

/** @param {"rssi"|"messages"} name @param {(value: number) => string} write */
const signal = (name, write) => {
  const value = (/** @type {Fleet} */ fleet, /** @type {number} */ slot, /** @type {Look} */ look) =>
    format.number(look.signals.get(fleet.key[slot])?.[name]) ?? format.number(fleet.record[slot][name]) ?? Number.NaN;
  return {
    value,
    text: (/** @type {Fleet} */ fleet, /** @type {number} */ slot, /** @type {Look} */ look) => {
      const known = value(fleet, slot, look);
      return Number.isNaN(known) ? "" : write(known);
    },
  };
};

/** @param {(fleet: Fleet, slot: number, look: Look) => number} value @param {(value: number, look: Look) => string} write */
const number = (value, write) => ({
  figures: true,
  value,
  text: (/** @type {Fleet} */ fleet, /** @type {number} */ slot, /** @type {Look} */ look) => {
    const known = value(fleet, slot, look);
    return Number.isNaN(known) ? "" : write(known, look);
  },
});

/** How far a flight is from the place that distances are measured from, nm; NaN where that is not known. @param {Fleet} fleet @param {number} slot @param {Look} look */
export function far(fleet, slot, { place }) {
  return place === null ? Number.NaN : distance(place[0], place[1], fleet.lat[slot], fleet.lon[slot]);
}

/** @type {Column[]} */
export const COLUMNS = [
  {
    id: "callsign",
    label: "Callsign",
    title: "Callsign, else registration or address",
    width: 108,
    value: nameOf,
    text: nameOf,
  },
  {
    id: "type",
    label: "Type",
    title: "Type of aircraft, else its kind",
    width: 60,
    value: typeOf,
    text: typeOf,
    lack: IMPORT,
  },
  {
    id: "alt",
    label: "Alt",
    title: "Altitude; the arrow says climbing or descending",
    width: 76,
    unit: ({ units }) => unitOf("altitude", units),
    descends: true,
    ...number(altitudeOf, (feet, { units }) => figure(feet, "altitude", units)),
    text: (fleet, slot, { units }) => {
      if (fleet.flags[slot] & GROUND) return "ground";
      return Number.isNaN(fleet.alt[slot]) ? "" : figure(fleet.alt[slot], "altitude", units);
    },
  },
  {
    id: "gs",
    label: "",
    title: "Speed over the ground",
    width: 52,
    unit: ({ units }) => unitOf("speed", units),
    descends: true,
    ...number(
      (fleet, slot) => fleet.gs[slot],
      (knots, { units }) => figure(knots, "speed", units),
    ),
  },
  {
    id: "distance",
    label: "Dist",
    title: "Distance from the receiver",
    width: 64,
    unit: ({ units }) => unitOf("distance", units),
    lack: PLACE,
    ...number(far, (nm, { units }) => figure(nm, "distance", units)),
  },
  {
    id: "bearing",
    label: "Bearing",
    title: "Direction in which it lies from the receiver",
    width: 76,
    lack: PLACE,
    ...number(
      (fleet, slot, { place }) =>
        place === null ? Number.NaN : bearing(place[0], place[1], fleet.lat[slot], fleet.lon[slot]),
      (degrees) => `${format.degrees(degrees)} ${wind(degrees)}`,
    ),
  },
  {
    id: "rate",
    label: "V/S",
    title: "Vertical speed",
    width: 76,
    unit: ({ units }) => unitOf("rate", units),
    descends: true,
    ...number(
      (fleet, slot) => fleet.rate[slot],
      (rate, { units }) => figure(rate, "rate", units),
    ),
  },
  {
    id: "track",
    label: "Track",
    title: "Direction of flight over the ground",
    width: 56,
    ...number((fleet, slot) => fleet.track[slot], format.degrees),
  },
  { id: "squawk", label: "Squawk", title: "Transponder code", width: 60, figures: true, ...said("squawk", 4) },
  { id: "reg", label: "Reg", title: "Registration", width: 76, lack: IMPORT, ...said("r", 10) },
  {
    id: "country",
    label: "Country",
    title: "State of registration, by address block",
    width: 96,
    value: countryOf,
    text: countryOf,
  },
  { id: "operator", label: "Operator", title: "Who flies it", width: 120, lack: IMPORT, ...said("ownOp", 32) },
  {
    id: "hex",
    label: "Address",
    title: "24-bit address; ~ is not ICAO's",
    width: 72,
    value: (fleet, slot) => fleet.key[slot],
    text: (fleet, slot) => (fleet.key[slot].includes(":") ? "" : fleet.key[slot]),
  },
  {
    id: "category",
    label: "Kind",
    title: "Kind of aircraft, as it says itself",
    width: 92,
    value: kindOf,
    text: kindOf,
  },
  { id: "source", label: "Source", title: "How it was learned", width: 80, value: sourceOf, text: sourceOf },
  {
    id: "rssi",
    label: "RSSI",
    title: "Strength of the signal",
    width: 64,
    unit: () => "dBFS",
    figures: true,
    descends: true,
    lack: "a feed that measures signals",
    ...signal("rssi", (value) => value.toFixed(1).replace("-", "−")),
  },
  {
    id: "messages",
    label: "Msgs",
    title: "Messages received",
    width: 72,
    figures: true,
    descends: true,
    lack: "a receiver's feed",
    ...signal("messages", format.grouped),
  },
  {
    id: "seen",
    label: "Seen",
    title: "Seconds since it was last heard",
    width: 52,
    unit: () => "s",
    ...number(
      (fleet, slot, { now }) => Math.max(0, now - fleet.heardAt[slot]),
      (age) => String(Math.floor(age)),
    ),
  },
  {
    id: "seenPos",
    label: "Pos",
    title: "Seconds since its position was received",
    width: 52,
    unit: () => "s",
    ...number(
      (fleet, slot, { now }) => Math.max(0, now - fleet.posAt[slot]),
      (age) => String(Math.floor(age)),
    ),
  },
  {
    id: "lat",
    label: "Lat",
    title: "Latitude",
    width: 76,
    ...number((fleet, slot) => fleet.lat[slot], format.coordinate),
  },
  {
    id: "lon",
    label: "Lon",
    title: "Longitude",
    width: 80,
    ...number((fleet, slot) => fleet.lon[slot], format.coordinate),
  },
];

export const BY_ID = new Map(COLUMNS.map((column) => [column.id, column]));

/** The columns at the start. */
export const AT_START = Object.freeze(["callsign", "type", "alt", "gs", "distance"]);

/** Columns whose data the stream does not carry for every flight. */
export const ASKED = new Set(["rssi", "messages"]);

/** The columns of these ids, callsign first; those at the start where none is known. @param {string[]|null} ids */
export function chosen(ids) {
  const wanted = new Set(ids ?? AT_START);
  wanted.add("callsign");
  const known = COLUMNS.filter((column) => wanted.has(column.id));
  return known.length > 1 ? known : COLUMNS.filter((column) => AT_START.includes(column.id));
}

/** What to call a flight: callsign, registration, or what identifies it. @param {Fleet} fleet @param {number} slot */
export function nameOf(fleet, slot) {
  return format.title({ record: fleet.record[slot], key: fleet.key[slot] });
}

/** Altitude for sorting: the ground counts as 0. @param {Fleet} fleet @param {number} slot */
function altitudeOf(fleet, slot) {
  return fleet.flags[slot] & GROUND ? 0 : fleet.alt[slot];
}

/** @param {Fleet} fleet @param {number} slot */
function countryOf(fleet, slot) {
  return format.country(fleet.record[slot].country);
}

/** @param {Fleet} fleet @param {number} slot */
function typeOf(fleet, slot) {
  const record = fleet.record[slot];
  return format.printable(record.t, 6) || format.category(record);
}

/** @param {Fleet} fleet @param {number} slot */
function kindOf(fleet, slot) {
  return format.category(fleet.record[slot]);
}

/** @param {Fleet} fleet @param {number} slot @param {Look} look */
function sourceOf(fleet, slot, { names }) {
  const record = fleet.record[slot];
  if (record.type === "member") return names.get(record.by) || "Member";
  return record.type === undefined ? "" : format.source(record);
}
