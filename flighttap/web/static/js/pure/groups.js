/** What the detail panel shows of a flight: four large values and groups of the others, as data. Pure. */
import * as format from "./format.js";
import { bearing, distance, wind } from "./geo.js";
import { parse } from "./query.js";
import { figure, measure, unitOf } from "./units.js";

/** @typedef {import("./columns.js").Look} Look */

/**
 * A flight as the panel reads it.
 *
 * @typedef {object} Flight
 * @property {string} key
 * @property {Record<string, any>} record under the names of the wire.
 * @property {(name: string) => number|undefined} changedAt when a field last changed, server seconds.
 * @property {number} heard when anything was last received, server seconds.
 */

/** @typedef {{name: string, field: string, text: (flight: Flight, look: Look) => string}} Line `text` is "" where it is not known. */

const MILITARY = parse("military");

/** @param {string} name @param {string} word @param {number} [digits] */
const plain =
  (name, word, digits = 0) =>
  (/** @type {Flight} */ { record }) => {
    const value = format.number(record[name]);
    if (value === null) return "";
    const text = digits ? value.toFixed(digits).replace("-", "−") : format.grouped(value);
    return word ? `${text} ${word}` : text;
  };
/** @param {string} name @param {import("./units.js").Quantity} quantity */
const measured =
  (name, quantity) =>
  (/** @type {Flight} */ { record }, /** @type {Look} */ { units }) => {
    const value = format.number(record[name]);
    return value === null ? "" : measure(value, quantity, units);
  };
/** @param {string} name @param {number} most */
const said =
  (name, most) =>
  (/** @type {Flight} */ { record }) =>
    format.printable(record[name], most);
/** @param {string} name */
const angle =
  (name) =>
  (/** @type {Flight} */ { record }) =>
    format.number(record[name]) === null ? "" : format.degrees(record[name]);

/** @param {string} name @param {string} field @param {Line["text"]} text @returns {Line} */
const line = (name, field, text) => ({ name, field, text });

/** @type {{label: string, lines: Line[]}[]} */
export const GROUPS = [
  {
    label: "Identity",
    lines: [
      line("Callsign", "flight", said("flight", 16)),
      line("Address", "hex", ({ key }) => (key.includes(":") ? "" : key)),
      line("Registration", "r", said("r", 16)),
      line("Type", "t", ({ record }) =>
        [format.printable(record.t, 16), format.printable(record.desc, 64)].filter(Boolean).join(" · "),
      ),
      line("Operator", "ownOp", said("ownOp", 64)),
      line("Country", "country", ({ record }) => format.country(record.country)),
      line("Kind", "category", ({ record }) => kindText(record)),
      line("Squawk", "squawk", ({ record }) =>
        [format.printable(record.squawk, 4), format.emergency(record)].filter(Boolean).join(" · "),
      ),
      line("Military", "hex", ({ record }) => (MILITARY.matches(record) ? "yes, by its address" : "")),
    ],
  },
  {
    label: "Position",
    lines: [
      line("From the receiver", "lat", ({ record }, look) => fromReceiver(record, look)),
      line("Latitude", "lat", ({ record }) => format.latitude(record.lat)),
      line("Longitude", "lon", ({ record }) => format.longitude(record.lon)),
      line("Altitude, barometric", "alt_baro", measured("alt_baro", "altitude")),
      line("Altitude, geometric", "alt_geom", measured("alt_geom", "altitude")),
      line("On the ground", "on_ground", ({ record }) => (format.onGround(record) ? "yes" : "")),
      line("Containment radius", "rc", plain("rc", "m")),
    ],
  },
  {
    label: "Navigation",
    lines: [
      line("Heading, magnetic", "mag_heading", angle("mag_heading")),
      line("Heading, true", "true_heading", angle("true_heading")),
      line("Turn", "track_rate", plain("track_rate", "°/s", 1)),
      line("Roll", "roll", plain("roll", "°", 1)),
      line("Airspeed, indicated", "ias", measured("ias", "speed")),
      line("Airspeed, true", "tas", measured("tas", "speed")),
      line("Mach", "mach", plain("mach", "", 3)),
      line("Selected altitude", "nav_altitude_mcp", measured("nav_altitude_mcp", "altitude")),
      line("Selected heading", "nav_heading", angle("nav_heading")),
      line("Altimeter setting", "nav_qnh", plain("nav_qnh", "hPa", 1)),
      line("Wind", "wd", ({ record }, { units }) =>
        format.number(record.wd) === null
          ? ""
          : `${format.degrees(record.wd)} ${measure(format.number(record.ws), "speed", units)}`,
      ),
      line("Outside air", "oat", plain("oat", "°C")),
    ],
  },
  {
    label: "Signal and source",
    lines: [
      line("Source", "type", ({ record }, { names }) =>
        format.isMembers(record)
          ? format.sender(record, names)
          : record.type === undefined
            ? ""
            : format.source(record),
      ),
      line("Signal", "rssi", plain("rssi", "dBFS", 1)),
      line("Messages", "messages", plain("messages", "")),
      line("ADS-B version", "version", plain("version", "")),
      line("Accuracy, NACp", "nac_p", plain("nac_p", "")),
      line("Integrity, NIC", "nic", plain("nic", "")),
      line("Integrity, SIL", "sil", plain("sil", "")),
    ],
  },
];

/**
 * The four large values: label, field whose age counts, text, unit.
 *
 * @type {{label: string, field: string, text: Line["text"], unit: (look: Look) => string}[]}
 */
export const FIGURES = [
  {
    label: "Altitude",
    field: "alt_baro",
    text: ({ record }, { units }) =>
      format.onGround(record) ? "ground" : figure(format.altitudeFeet(record), "altitude", units),
    unit: ({ units }) => unitOf("altitude", units),
  },
  {
    label: "Ground speed",
    field: "gs",
    text: ({ record }, { units }) => figure(format.number(record.gs), "speed", units),
    unit: ({ units }) => unitOf("speed", units),
  },
  { label: "Track", field: "track", text: ({ record }) => format.degrees(record.track), unit: () => "" },
  {
    label: "Vertical speed",
    field: "baro_rate",
    text: ({ record }, { units }) => figure(format.verticalRate(record), "rate", units),
    unit: ({ units }) => unitOf("rate", units),
  },
];

/** The line under the callsign: registration, type, country, else what kind it is. @param {Flight} flight */
export function subtitle({ record }) {
  const [reg, type, country] = [
    format.printable(record.r, 16),
    format.printable(record.t, 16),
    format.country(record.country),
  ];
  return [reg, type || format.category(record), country].filter(Boolean).join(" · ");
}

/** @param {Record<string, any>} record @param {Look} look */
function fromReceiver(record, { place, units }) {
  const [lat, lon] = [format.number(record.lat), format.number(record.lon)];
  if (place === null || lat === null || lon === null) return "";
  const course = bearing(place[0], place[1], lat, lon);
  return `${measure(distance(place[0], place[1], lat, lon), "distance", units)} ${wind(course)} (${format.degrees(course)})`;
}

/** @param {Record<string, any>} record */
function kindText(record) {
  const code = format.printable(record.category, 4);
  const word = format.category(record);
  return word === code ? code : `${word} (${code})`;
}
