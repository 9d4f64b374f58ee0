/**
 * The columns of the table of flights, as data. Pure.
 *
 * `value` is what a column sorts by (null always comes last), `text` what its cell shows. `from`
 * names who sends it, for the line that explains a column that is hidden for lack of data.
 */
import * as format from "../pure/format.js";
import { ageOf } from "../pure/listing.js";

const text = (name, most) => ({ record }) => format.printable(record[name], most);
const sortText = (name) => ({ record }) => format.printable(record[name]) || null;
const sortNumber = (name) => ({ record }) => format.number(record[name]);

/** @typedef {{id: string, label: string, unit: string, title: string, descends: boolean, optional: boolean}} Column */
export const COLUMNS = [
  { id: "callsign", label: "Callsign", unit: "", title: "Callsign, else registration or address", value: format.title, text: format.title },
  { id: "hex", label: "Address", unit: "", title: "24-bit address; ~ is not ICAO's", value: ({ key }) => key, text: addressText, optional: true },
  { id: "reg", label: "Reg", unit: "", title: "Registration", value: sortText("r"), text: text("r", 10), optional: true },
  { id: "type", label: "Type", unit: "", title: "Type of aircraft, else its category", value: (flight) => typeText(flight) || null, text: typeText, optional: true },
  { id: "alt", label: "Alt", unit: "ft", title: "Altitude; the arrow says climbing or descending", value: ({ record }) => format.altitudeFeet(record), text: ({ record }) => format.altitude(record), descends: true },
  { id: "rate", label: "V/S", unit: "ft/min", title: "Vertical speed", value: ({ record }) => format.verticalRate(record), text: ({ record }) => format.whole(format.verticalRate(record)), descends: true, optional: true },
  { id: "gs", label: "Speed", unit: "kt", title: "Ground speed", value: sortNumber("gs"), text: ({ record }) => format.whole(record.gs), descends: true },
  { id: "track", label: "Track", unit: "°", title: "True track over ground", value: sortNumber("track"), text: ({ record }) => format.degrees(record.track) },
  { id: "lat", label: "Lat", unit: "°", title: "Latitude, north positive", value: sortNumber("lat"), text: ({ record }) => format.coordinate(record.lat), descends: true },
  { id: "lon", label: "Lon", unit: "°", title: "Longitude, east positive", value: sortNumber("lon"), text: ({ record }) => format.coordinate(record.lon) },
  { id: "squawk", label: "Squawk", unit: "", title: "Transponder code", value: sortText("squawk"), text: text("squawk", 4), optional: true },
  { id: "source", label: "Source", unit: "", title: "How it was learned", value: ({ record }) => format.source(record), text: ({ record }) => format.source(record) },
  { id: "seen", label: "Seen", unit: "s", title: "Seconds since it was last heard", value: null, text: (flight, now) => String(Math.floor(ageOf(flight, now))) },
];

export const BY_ID = new Map(COLUMNS.map((column) => [column.id, column]));

function typeText({ record }) {
  return format.printable(record.t, 6) || format.category(record) || "";
}

function addressText({ key }) {
  return key.includes(":") ? "" : key;
}
