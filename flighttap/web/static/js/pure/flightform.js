/** From what is typed in "Send flight data" to the object that is sent. Pure. */
import { destination } from "./geo.js";

/**
 * @typedef {object} Field
 * @property {string} name
 * @property {string} label
 * @property {string} unit
 * @property {"text"|"hex"|"number"} kind
 * @property {string} start
 * @property {number} [most] characters.
 * @property {number} [low]
 * @property {number} [high]
 * @property {boolean} [optional]
 */

/**
 * The fields of the form, in order: the name it is sent under, and the limits of docs/protocol.md.
 *
 * @type {Field[]}
 */
export const FIELDS = [
  { name: "callsign", label: "Callsign", unit: "", kind: "text", most: 16, start: "" },
  { name: "hex", label: "Address (hex)", unit: "", kind: "hex", start: "", optional: true },
  { name: "altitude", label: "Altitude", unit: "ft", kind: "number", low: -2000, high: 150000, start: "12000" },
  { name: "speed", label: "Speed", unit: "kt", kind: "number", low: 0, high: 5000, start: "250" },
  { name: "heading", label: "Heading", unit: "°", kind: "number", low: 0, high: 360, start: "90" },
  { name: "lat", label: "Latitude", unit: "°", kind: "number", low: -90, high: 90, start: "52.3086" },
  { name: "lon", label: "Longitude", unit: "°", kind: "number", low: -180, high: 180, start: "4.7639" },
];

const ADDRESS = /^~?[0-9a-fA-F]{6}$/;

/**
 * Read the form.
 *
 * @param {Map<string, string>} typed what stands in each field.
 * @returns {{object: Record<string, any>|null, problems: Map<string, string>}} the object to send, or null and a
 *   sentence for each field that is wrong. Fields left empty are left out.
 */
export function read(typed) {
  /** @type {Record<string, any>} */
  const object = {};
  const problems = new Map();
  for (const field of FIELDS) {
    const text = (typed.get(field.name) ?? "").trim();
    if (text === "") continue;
    const problem = wrong(field, text);
    if (problem) problems.set(field.name, problem);
    else object[field.name] = field.kind === "number" ? Number(text) : text;
  }
  if (!problems.size && !("callsign" in object) && !("hex" in object)) {
    problems.set("callsign", "Give a callsign, or an address below: it says which flight this is.");
  }
  return problems.size ? { object: null, problems } : { object, problems };
}

/** @param {Field} field @param {string} text */
function wrong(field, text) {
  if (field.kind === "text") return text.length > (field.most ?? Infinity) ? `At most ${field.most} characters.` : "";
  if (field.kind === "hex") return ADDRESS.test(text) ? "" : "Six hex digits, with ~ in front if it is not ICAO's.";
  const number = Number(text);
  if (Number.isFinite(number) && number >= (field.low ?? -Infinity) && number <= (field.high ?? Infinity)) return "";
  return `From ${field.low} to ${field.high} ${field.unit}.`.replace(" °", "°");
}

/**
 * Read JSON typed by hand.
 *
 * @returns {{text: string|null, problem: string}} the text as it will be sent, or what is wrong.
 */
export function readJson(text) {
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    return { text: null, problem: "This is not JSON." };
  }
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    return { text: null, problem: "Flight data is a JSON object: { … }." };
  }
  return { text: text.trim(), problem: "" };
}

/**
 * The object moved along its heading, on a sphere.
 *
 * @param {Record<string, any>} object with `lat`, `lon`, `heading` in degrees and `speed` in knots.
 * @param {number} seconds how long it flies.
 * @returns {Record<string, any>} a copy in its new place; the same where something is missing.
 */
export function flown(object, seconds) {
  const { lat, lon, heading, speed } = object;
  if ([lat, lon, heading, speed].some((value) => typeof value !== "number")) return object;
  const [north, east] = destination(lat, lon, heading, (speed * seconds) / 3600);
  return { ...object, lat: rounded(north), lon: rounded(east) };
}

/** Degrees as the form shows them, about 1 m. @param {number} degrees */
export function rounded(degrees) {
  return Math.round(degrees * 1e5) / 1e5;
}

/** A callsign nobody has used yet: FT and three digits. @param {() => number} random from 0 to 1 */
export function freshCallsign(random) {
  return `FT${String(100 + Math.floor(random() * 900))}`;
}
