/** Values as people read them. Pure; units are readsb's: ft, kt, degrees, ft/min, seconds. */

export const NONE = "–";

const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;
const WORDS = new Map([
  ["7500", "Hijack"],
  ["7600", "Radio failure"],
  ["7700", "Emergency"],
]);
const EMERGENCIES = new Map([
  ["general", "Emergency"],
  ["lifeguard", "Medical"],
  ["minfuel", "Minimum fuel"],
  ["nordo", "Radio failure"],
  ["unlawful", "Hijack"],
  ["downed", "Downed"],
]);
const SOURCES = new Map([
  ["adsb_icao", "ADS-B"],
  ["adsb_icao_nt", "ADS-B nt"],
  ["adsb_other", "ADS-B other"],
  ["adsr_icao", "ADS-R"],
  ["adsr_other", "ADS-R other"],
  ["tisb_icao", "TIS-B"],
  ["tisb_other", "TIS-B other"],
  ["tisb_trackfile", "TIS-B track"],
  ["adsc", "ADS-C"],
  ["mlat", "MLAT"],
  ["mode_s", "Mode S"],
  ["other", "Other"],
  ["member", "Member"],
]);
const CATEGORIES = new Map([
  ["A1", "Light"],
  ["A2", "Small"],
  ["A3", "Large"],
  ["A4", "High vortex"],
  ["A5", "Heavy"],
  ["A6", "Fast"],
  ["A7", "Helicopter"],
  ["B1", "Glider"],
  ["B2", "Balloon"],
  ["B3", "Parachute"],
  ["B4", "Ultralight"],
  ["B6", "Drone"],
  ["B7", "Space"],
  ["C1", "Fire truck"],
  ["C2", "Vehicle"],
  ["C3", "Obstacle"],
]);

/** A finite number, or null. */
export function number(value) {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** A text fit to stand in one line: no control or direction-changing characters, not endless. */
export function printable(value, most = 32) {
  if (typeof value !== "string" && typeof value !== "number") return "";
  const clean = String(value).replace(HIDDEN, "").trim();
  return clean.length > most ? `${clean.slice(0, most - 1)}…` : clean;
}

/** Thousands set apart: 36000 becomes 36,000; minus is a minus sign. */
export function grouped(value) {
  const digits = String(Math.abs(Math.round(value))).replace(/\B(?=(\d{3})+$)/g, ",");
  return value <= -0.5 ? `−${digits}` : digits;
}

/** Altitude in feet as text: "ground" on the ground. Barometric before geometric. */
export function altitude(record) {
  if (onGround(record)) return "ground";
  const feet = number(record.alt_baro) ?? number(record.alt_geom);
  return feet === null ? NONE : grouped(feet);
}

/** Altitude in feet for sorting and colour; the ground counts as 0. */
export function altitudeFeet(record) {
  if (onGround(record)) return 0;
  return number(record.alt_baro) ?? number(record.alt_geom);
}

export function onGround(record) {
  return record.on_ground === true || record.alt_baro === "ground";
}

/** Vertical rate in ft/min, or null. */
export function verticalRate(record) {
  return number(record.baro_rate) ?? number(record.geom_rate);
}

/** 1 climbing, -1 descending, 0 level or not known. Below 250 ft/min is level. */
export function trend(record) {
  const rate = verticalRate(record);
  if (rate === null || onGround(record)) return 0;
  return rate >= 250 ? 1 : rate <= -250 ? -1 : 0;
}

export function whole(value) {
  const known = number(value);
  return known === null ? NONE : grouped(known);
}

/** A direction in three digits: 093°. */
export function degrees(value) {
  const known = number(value);
  if (known === null) return NONE;
  return `${String(Math.round(known) % 360).padStart(3, "0")}°`;
}

/** A coordinate with four decimals, about 10 m. */
export function coordinate(value) {
  const known = number(value);
  if (known === null) return NONE;
  return (known < 0 ? "−" : "") + Math.abs(known).toFixed(4);
}

/** 52.3741° N; empty where it is not known. */
export function latitude(value) {
  return hemisphere(value, "N", "S");
}

/** 4.8954° E; empty where it is not known. */
export function longitude(value) {
  return hemisphere(value, "E", "W");
}

function hemisphere(value, positive, negative) {
  if (number(value) === null) return "";
  return `${Math.abs(value).toFixed(4)}° ${value < 0 ? negative : positive}`;
}

/** A length of time in seconds: 0.3 s, 12 s, 3 min, 2 h. */
export function age(seconds) {
  const known = Math.max(0, seconds);
  if (known < 9.95) return `${known.toFixed(1)} s`;
  if (known < 60) return `${Math.floor(known)} s`;
  if (known < 3600) return `${Math.floor(known / 60)} min`;
  return `${Math.floor(known / 3600)} h`;
}

/** The same without tenths: a figure that does not twitch. */
export function calmAge(seconds) {
  return seconds < 10 ? `${Math.floor(Math.max(0, seconds))} s` : age(seconds);
}

export function source(record) {
  return SOURCES.get(record.type) ?? (printable(record.type, 16) || NONE);
}

/** What kind of aircraft: the emitter category in words. */
export function category(record) {
  const code = printable(record.category, 4);
  return CATEGORIES.get(code) ?? code;
}

/** The word for an emergency, from the squawk or the aircraft's own report; null when there is none. */
export function emergency(record) {
  return WORDS.get(record.squawk) ?? EMERGENCIES.get(record.emergency) ?? null;
}

/** Whether a member of the room sent it, rather than a receiver. */
export function isMembers(record) {
  return record.type === "member";
}

const REGIONS = new Intl.DisplayNames(["en"], { type: "region" });

/** The name of a country from its two letters; other texts as they are. @param {unknown} value */
export function country(value) {
  const code = printable(value, 48);
  return /^[A-Z]{2}$/.test(code) ? (REGIONS.of(code) ?? code) : code;
}

/**
 * Who in the room sent it, in words: a name where the member has one.
 *
 * @param {Record<string, any>} record
 * @param {Map<string, string>} names of members by their public id.
 */
export function sender(record, names) {
  const name = printable(names.get(record.by), 40);
  return name ? `Sent by ${name}` : "Sent by a member";
}

/** What to call a flight: callsign, registration, or what identifies it. */
export function title(flight) {
  const { record, key } = flight;
  return printable(record.flight, 16) || printable(record.r, 16) || keyText(key);
}

/** A key without the word in front of it; an address in capitals. */
export function keyText(key) {
  const colon = key.indexOf(":");
  return colon < 0 ? key.toUpperCase() : printable(key.slice(colon + 1), 24);
}

/** One of two forms of a noun. */
export function count(amount, one, many = `${one}s`) {
  return `${grouped(amount)} ${amount === 1 ? one : many}`;
}
