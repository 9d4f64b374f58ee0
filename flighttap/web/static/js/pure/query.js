/**
 * The one filter language: `alt<10000 gs>300 type=A32*,B73* not ground within 30nm of 52.3,4.76`. Pure.
 *
 * The page's twin of flighttap/rooms/query.py: it reads the same filters, says the same of a wrong
 * one and picks the same records; both pass tests/data/query_vectors.json. docs/query.md is the
 * user's page.
 */
import { MAX_LENGTH, QueryError, read } from "./query/parse.js";
import { ANY, fieldsOf, normal, ONE } from "./query/tree.js";
import { COLUMNS, GROUPS, UNITS } from "./query/words.js";

export { QueryError };

const EARTH_RADIUS = 6371000; // metres, as flighttap/aircraft/plausible.py

/**
 * A filter that was understood.
 *
 * `normal` is its normal form, `fields` the fields on the wire that its answer hangs on besides the
 * key, `matches(record)` whether a record passes.
 */
export class Query {
  constructor(written, fields, matches) {
    this.normal = written;
    this.fields = fields;
    this.matches = matches;
  }

  toString() {
    return this.normal;
  }
}

/** Understand a filter. An empty one lets everything pass. Throws a QueryError. */
export function parse(text) {
  const node = read(text);
  if (node === null) return new Query("", new Set(), () => true);
  const written = normal(node);
  if (Array.from(written).length > MAX_LENGTH) {
    const at = Array.from(text).length;
    const sentence = `written out in full, a filter has at most ${MAX_LENGTH} characters`;
    throw new QueryError(`Column ${at + 1}: ${sentence}.`, at, `at most ${MAX_LENGTH} characters`);
  }
  return new Query(written, fieldsOf(node), testOf(node));
}

function testOf(node) {
  switch (node.is) {
    case "or": {
      const tests = node.parts.map(testOf);
      return (record) => tests.some((test) => test(record));
    }
    case "and": {
      const tests = node.parts.map(testOf);
      return (record) => tests.every((test) => test(record));
    }
    case "not": {
      const test = testOf(node.part);
      return (record) => !test(record);
    }
    case "flag":
      return testOf(node.means);
    case "within":
      return withinTest(node);
    default:
      return compareTest(node);
  }
}

const ORDER = new Map([
  ["<", (value, bound) => value < bound],
  ["<=", (value, bound) => value <= bound],
  [">", (value, bound) => value > bound],
  [">=", (value, bound) => value >= bound],
]);

function compareTest({ column, op, items }) {
  const read = readerOf(column);
  const order = ORDER.get(op);
  if (order !== undefined) {
    const bound = Number(items[0].low);
    return (record) => {
      const value = read(record);
      return value !== null && order(value, bound);
    };
  }
  const fits = FITS[column.kind](column, items);
  return (record) => {
    const value = read(record);
    return value !== null && fits(value) === (op === "=");
  };
}

function withinTest(node) {
  const radius = Number(node.radius) * (UNITS.get(node.unit) ?? 0);
  const [readLat, readLon] = [readerOf(COLUMNS.get("lat")), readerOf(COLUMNS.get("lon"))];
  const [lat0, lon0] = [Number(node.lat), Number(node.lon)];
  return (record) => {
    const [lat, lon] = [readLat(record), readLon(record)];
    return lat !== null && lon !== null && distance(lat, lon, lat0, lon0) <= radius;
  };
}

/** Great-circle distance in metres between two points in degrees (haversine). */
function distance(lat1, lon1, lat2, lon2) {
  const [phi1, phi2] = [radians(lat1), radians(lat2)];
  const half =
    Math.sin((phi2 - phi1) / 2) ** 2 + Math.cos(phi1) * Math.cos(phi2) * Math.sin(radians(lon2 - lon1) / 2) ** 2;
  return 2 * EARTH_RADIUS * Math.asin(Math.min(1, Math.sqrt(half)));
}

function radians(degrees) {
  return (degrees * Math.PI) / 180;
}

// ---- fetching values: null where a value is not known or has another type

/** @type {Record<string, (value: unknown) => boolean>} */
const TYPES = {
  number: Number.isFinite,
  angle: Number.isFinite,
  text: (value) => typeof value === "string",
  texts: Array.isArray,
  truth: (value) => typeof value === "boolean",
  address: (value) => typeof value === "string",
};

function readerOf(column) {
  const isKnown = TYPES[column.kind];
  const names = column.fields.length > 0 ? column.fields : column.kind === "address" ? ["hex"] : ["hex", "key"];
  return (record) => {
    for (const name of names) if (isKnown(record[name])) return record[name];
    return null;
  };
}

// ---- values

/** @type {Record<string, (column: any, items: any[]) => (value: any) => boolean>} */
const FITS = {
  number: numberFits,
  angle: numberFits,
  text: textFits,
  texts: listFits,
  truth: truthFits,
  address: addressFits,
};

function numberFits(_column, items) {
  if (items.some(Array.isArray)) return () => true;
  const spans = items.map(({ low, high }) => [Number(low), Number(high)]);
  const fits = (value, [low, high]) => (low <= high ? low <= value && value <= high : value >= low || value <= high);
  return (value) => spans.some((span) => fits(value, span));
}

function truthFits(_column, items) {
  if (items.some(Array.isArray)) return () => true;
  return (value) => items.includes(value);
}

function addressFits(column, items) {
  const spans = items.filter((item) => !Array.isArray(item));
  const fits = textFits(column, items.filter(Array.isArray));
  return (value) => {
    const address = value.toLowerCase();
    const inside = address.length === 6 && spans.some(({ low, high }) => low <= address && address <= high);
    return inside || fits(value);
  };
}

function listFits(column, items) {
  const fits = textFits(column, items);
  return (values) => values.some((value) => typeof value === "string" && fits(value));
}

function textFits(column, items) {
  const patterns = items.map((item) => characters(meant(column, item)));
  return (value) => {
    const text = Array.from(value.toUpperCase());
    return patterns.some((pattern) => isLike(text, pattern));
  };
}

/** A group of sources stands for what begins with it and `_`. */
function meant(column, pattern) {
  const isGroup = column.name === "source" && pattern.length === 1 && GROUPS.includes(String(pattern[0]).toLowerCase());
  return isGroup ? [`${pattern[0]}_`, ANY] : pattern;
}

/** Each character of a pattern on its own, so that text and pattern go side by side. */
function characters(pattern) {
  return pattern.flatMap((piece) => (typeof piece === "symbol" ? [piece] : Array.from(piece)));
}

/** Whether a text fits a pattern; going back no farther than to the last ANY takes at most length times length. */
function isLike(text, pattern) {
  let [at, place, retryAt, retryPlace] = [0, 0, -1, -1];
  while (at < text.length) {
    if (pattern[place] === ANY) {
      [retryAt, retryPlace] = [at, place];
      place += 1;
    } else if (place < pattern.length && (pattern[place] === ONE || pattern[place] === text[at])) {
      at += 1;
      place += 1;
    } else if (retryPlace >= 0) {
      retryAt += 1;
      [at, place] = [retryAt, retryPlace + 1];
    } else {
      return false;
    }
  }
  while (pattern[place] === ANY) place += 1;
  return place === pattern.length;
}
