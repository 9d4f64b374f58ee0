/**
 * What a person typed into the search box: a filter of the one language, plain words, or both. Pure.
 *
 * What the language can read is a filter; else each bare word must be found somewhere in the flight's
 * names, and what is left over must be a filter: `klm descending alt<10000`.
 */
import { category, emergency, printable } from "./format.js";
import { FLAGS, SYNTAX } from "./query/words.js";
import { parse } from "./query.js";

const OPERATOR = /[<>=()"!]/; // what a callsign, an address or a squawk never has
const NUMBERS = /^\d/;

/** Fields that the stream carries for every flight; a filter on others is asked of the server. */
const STREAMED = new Set([
  ...[
    "flight",
    "r",
    "t",
    "desc",
    "squawk",
    "category",
    "type",
    "emergency",
    "lat",
    "lon",
    "alt_baro",
    "alt_geom",
    "on_ground",
  ],
  ...["gs", "track", "baro_rate", "geom_rate"],
]);

/**
 * @typedef {object} Search
 * @property {boolean} active whether anything is searched for.
 * @property {string} problem what is wrong with a filter that cannot be read, else "".
 * @property {string} normal the filter alone in its normal form, "" without one.
 * @property {boolean} beyond whether the filter hangs on fields that the stream does not carry.
 * @property {(key: string, record: Record<string, any>) => boolean} named whether the words are found in its names.
 * @property {(key: string, record: Record<string, any>, row: () => Record<string, any>) => boolean} finds
 *   words and filter; `record` has the names of a flight, `row` gives all that is known of it.
 */

/** @type {Search} */
export const EVERYTHING = Object.freeze({
  active: false,
  problem: "",
  normal: "",
  beyond: false,
  named: () => true,
  finds: () => true,
});

/** @param {string} text @returns {Search} */
export function searchFor(text) {
  const typed = text.trim();
  if (typed === "") return EVERYTHING;
  const tokens = typed.split(/\s+/);
  const bare = tokens.every((token) => !OPERATOR.test(token));
  if (bare && !tokens.some(isWord)) return searching(tokens, "");
  try {
    return searching([], typed);
  } catch (error) {
    const words = tokens.filter((token) => !OPERATOR.test(token) && !isWord(token));
    const rest = tokens.filter((token) => !words.includes(token));
    try {
      if (words.length && words.length < tokens.length && !rest.some(joins)) return searching(words, rest.join(" "));
    } catch {
      // the whole of it is what the sentence should be about
    }
    if (bare) return searching(tokens, "");
    return { ...EVERYTHING, active: true, problem: /** @type {Error} */ (error).message, finds: () => false };
  }
}

/** @param {string} token */
function isWord(token) {
  const word = token.toLowerCase();
  return SYNTAX.includes(word) || FLAGS.has(word);
}

/** @param {string} token */
function joins(token) {
  return token.toLowerCase() === "or" || token.toLowerCase() === "not" || NUMBERS.test(token);
}

/** @param {string[]} words @param {string} filter @returns {Search} */
function searching(words, filter) {
  const wanted = words.map((word) => word.toLowerCase());
  const query = filter === "" ? null : parse(filter);
  const beyond = query !== null && [...query.fields].some((name) => !STREAMED.has(name));
  const named = (/** @type {string} */ key, /** @type {Record<string, any>} */ record) =>
    wanted.length === 0 || matches(key, record, wanted);
  return {
    active: true,
    problem: "",
    normal: query?.normal ?? "",
    beyond,
    named,
    finds: (key, record, row) => named(key, record) && (query === null || query.matches(row())),
  };
}

/** Whether each word (lower case) is found in a flight's names. @param {string} key @param {Record<string, any>} record @param {string[]} words */
export function matches(key, record, words) {
  const names = [key, record.flight, record.r, record.t, record.squawk, record.ownOp, record.desc];
  const text = [...names.map((name) => printable(name, 64)), category(record), emergency(record) ?? ""]
    .join("\n")
    .toLowerCase();
  return words.every(
    (word) => text.includes(word) || (word.length > 3 && word.endsWith("s") && text.includes(word.slice(0, -1))),
  );
}
