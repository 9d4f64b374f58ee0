/**
 * Reading a filter: from its text to a tree, or to an error that names the place. Pure.
 *
 * The grammar stands at the top of flighttap/rooms/query_parse.py, whose twin this is, down to the
 * sentences. Places are counted in characters (code points), as Python counts them.
 */
import { ANY, isBare, ONE, written } from "./tree.js";
import { AGES, COLUMNS, FLAGS, nearest, SYNTAX, UNITS } from "./words.js";

export const MAX_LENGTH = 500;
const MAX_TERMS = 50;
const MAX_NESTING = 16;
const MAX_DIGITS = 15; // so many are exact in binary
const TERM = "a comparison such as alt<10000, a flag or a circle";
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;
const BLANKS = new Set([" ", "\t", "\r", "\n", "\u00a0"]);

/** A filter that cannot be read: `at` in characters from 0, and what would have been right there. */
export class QueryError extends Error {
  constructor(message, at, expected) {
    super(message);
    this.name = "QueryError";
    this.at = at;
    this.expected = expected;
  }
}

/** The tree of a filter; null for one without a term, which everything passes. Throws a QueryError. */
export function read(text) {
  const chars = Array.from(text);
  if (chars.length > MAX_LENGTH) {
    fault(MAX_LENGTH, `a filter has at most ${MAX_LENGTH} characters`, `at most ${MAX_LENGTH} characters`);
  }
  const control = chars.findIndex((char) => CONTROL.test(char));
  if (control >= 0) fault(control, "a control character cannot stand in a filter", "printable characters");
  return new Reader(chars).whole();
}

const meanings = new Map();

/** @param {string} flag */
function meaning(flag) {
  if (!meanings.has(flag)) meanings.set(flag, new Reader(Array.from(FLAGS.get(flag) ?? "")).whole());
  return meanings.get(flag);
}

/** A place in a text, and what can be read from there on. */
class Reader {
  constructor(chars) {
    this._chars = chars;
    this._at = 0;
    this._terms = 0;
  }

  whole() {
    this._skip();
    if (this._ended()) return null;
    const node = this._either(0);
    if (!this._ended()) expected(this._at, "the end", this._found(this._at));
    return node;
  }

  _either(depth) {
    const parts = [this._both(depth)];
    while (this._takes("or")) parts.push(this._both(depth));
    return parts.length === 1 ? parts[0] : { is: "or", parts: flat("or", parts) };
  }

  _both(depth) {
    const parts = [this._one(depth)];
    while (this._takes("and") || this._goesOn()) parts.push(this._one(depth));
    return parts.length === 1 ? parts[0] : { is: "and", parts: flat("and", parts) };
  }

  _one(depth) {
    this._skip();
    const start = this._at;
    const inverted = this._takes("not");
    if (!inverted && this._chars[start] !== "(") return this._term();
    if (depth === MAX_NESTING) fault(start, `a filter is nested at most ${MAX_NESTING} deep`, "fewer parentheses");
    if (inverted) {
      const part = this._one(depth + 1);
      return part.is === "not" ? part.part : { is: "not", part };
    }
    this._at += 1;
    const node = this._either(depth + 1);
    this._symbol(")");
    return node;
  }

  _term() {
    const start = this._at;
    const word = this._word();
    const name = word.toLowerCase();
    if (word === "" || name === "and" || name === "or") expected(start, TERM, this._found(start));
    this._terms += 1;
    if (this._terms > MAX_TERMS) fault(start, `a filter has at most ${MAX_TERMS} terms`, "fewer terms");
    if (name === "within") return this._within();
    this._skip();
    const op = this._operator();
    if (op === null) return this._flag(start, word);
    const column = columnOf(start, word);
    const equal = isEqual(op);
    if (!equal && column.kind !== "number" && column.kind !== "angle") {
      expected(this._at, `= or != after ${column.name}`, `"${op}"`);
    }
    this._at += op.length;
    const items = [this._item(column, equal)];
    while (equal && this._chars[this._at] === ",") {
      this._at += 1;
      items.push(this._item(column, equal));
    }
    return { is: "compare", column, op, items };
  }

  _flag(start, word) {
    const name = word.toLowerCase();
    if (FLAGS.has(name)) return { is: "flag", name, means: meaning(name) };
    if (COLUMNS.has(name)) expected(this._at, `a comparison after ${name}`, this._found(this._at));
    aged(start, name);
    const near = nearest(name, [...FLAGS.keys(), ...COLUMNS.keys(), ...SYNTAX]);
    return unknown(start, `there is no flag or field ${shown(word)}`, near, TERM);
  }

  _within() {
    this._skip();
    const start = this._at;
    const [, figures, rest] = /** @type {RegExpExecArray} */ (/^([0-9.]*)(.*)$/su.exec(this._word()));
    const radius = decimal(figures);
    if (radius === null) expected(start, "a distance such as 30nm", this._found(start));
    let place = start + figures.length;
    let unit = rest;
    if (unit === "") {
      this._skip();
      place = this._at;
      unit = this._word();
    }
    if (!UNITS.has(unit.toLowerCase())) expected(place, "nm, km or mi", unit === "" ? this._found(place) : shown(unit));
    this._skip();
    if (!this._takes("of")) expected(this._at, "of and a position", this._found(this._at));
    const lat = this._degrees("a latitude from -90 to 90", 90);
    this._symbol(",");
    const lon = this._degrees("a longitude from -180 to 180", 180);
    this._skip();
    return { is: "within", radius, unit: unit.toLowerCase(), lat, lon };
  }

  _degrees(wanted, most) {
    this._skip();
    const start = this._at;
    const number = decimal(this._word());
    if (number === null || Math.abs(Number(number)) > most) expected(start, wanted, this._found(start));
    return number;
  }

  _item(column, equal) {
    this._skip();
    const start = this._at;
    const pattern = this._pattern();
    const source = this._chars.slice(start, this._at).join("");
    this._skip();
    if (equal && pattern.length === 1 && pattern[0] === ANY) return pattern;
    const plain = pattern.map(written).join("");
    switch (column.kind) {
      case "number":
      case "angle":
        return numberItem(column, equal, plain, start, source);
      case "truth":
        if (!/^(true|false)$/i.test(plain)) expected(start, `true or false for ${column.name}`, shown(source));
        return plain.toLowerCase() === "true";
      case "address":
        return addressItem(pattern, plain, start, source);
      default:
        return textItem(column, pattern, start, source);
    }
  }

  _pattern() {
    const start = this._at;
    const pieces = [];
    while (!this._ended()) {
      if (this._chars[this._at] === '"') {
        add(pieces, this._quoted());
        continue;
      }
      const run = this._word();
      if (run === "") break;
      for (const piece of run.split(/([*?])/)) add(pieces, piece === "*" ? ANY : piece === "?" ? ONE : piece);
    }
    if (this._at === start) expected(start, "a value", this._found(start));
    return pieces.length === 0 ? [""] : pieces;
  }

  _quoted() {
    const start = this._at;
    let text = "";
    let at = start + 1;
    while (at < this._chars.length && this._chars[at] !== '"') {
      if (this._chars[at] === "\\") at += 1;
      text += this._chars[at] ?? "";
      at += 1;
    }
    if (at >= this._chars.length) fault(start, "this quotation mark is never closed", "a closing quotation mark");
    this._at = at + 1;
    return text;
  }

  _ended() {
    return this._at === this._chars.length;
  }

  _skip() {
    while (BLANKS.has(this._chars[this._at])) this._at += 1;
  }

  _word() {
    const start = this._at;
    while (!this._ended() && isBare(this._chars[this._at])) this._at += 1;
    return this._chars.slice(start, this._at).join("");
  }

  _operator() {
    const [char, next] = [this._chars[this._at], this._chars[this._at + 1]];
    if (next === "=" && (char === "!" || char === "<" || char === ">")) return char + next;
    return char === "=" || char === "<" || char === ">" ? char : null;
  }

  /** Step over a word of the language, and blanks before it, if it is the next. */
  _takes(keyword) {
    this._skip();
    const start = this._at;
    if (this._word().toLowerCase() === keyword) return true;
    this._at = start;
    return false;
  }

  _goesOn() {
    if (this._ended() || this._chars[this._at] === ")") return false;
    const start = this._at;
    const word = this._word().toLowerCase();
    this._at = start;
    return word !== "or";
  }

  _symbol(symbol) {
    this._skip();
    if (this._chars[this._at] !== symbol) expected(this._at, `"${symbol}"`, this._found(this._at));
    this._at += 1;
    this._skip();
  }

  _found(at) {
    if (at === this._chars.length) return "the end";
    if (this._chars[at] === '"') return "a quotation mark";
    const delimiter = this._chars.findIndex((char, index) => index >= at && !isBare(char));
    const end = delimiter < 0 ? this._chars.length : delimiter;
    return shown(end === at ? this._chars[at] : this._chars.slice(at, end).join(""));
  }
}

function isEqual(op) {
  return op === "=" || op === "!=";
}

function flat(kind, parts) {
  return parts.flatMap((part) => (part.is === kind ? part.parts : [part]));
}

function add(pieces, piece) {
  const last = pieces.length - 1;
  if (typeof piece === "symbol") {
    if (piece === ONE || pieces[last] !== ANY) pieces.push(piece);
  } else if (typeof pieces[last] === "string") {
    pieces[last] += piece.toUpperCase();
  } else if (piece !== "") {
    pieces.push(piece.toUpperCase());
  }
}

function columnOf(start, word) {
  const name = word.toLowerCase();
  const column = COLUMNS.get(name);
  if (column !== undefined) return column;
  aged(start, name);
  if (FLAGS.has(name) || SYNTAX.includes(name)) expected(start, "a field to compare", shown(word));
  return unknown(start, `there is no field ${shown(word)}`, nearest(name, COLUMNS.keys()), "a field");
}

/** A number without needless signs and zeros, or null. */
function decimal(text) {
  const found = /^([+-]?)([0-9]+)(?:\.([0-9]+))?$/.exec(text);
  if (found === null) return null;
  const whole = found[2].replace(/^0+/, "");
  const part = (found[3] ?? "").replace(/0+$/, "");
  if (whole.length + part.length > MAX_DIGITS) return null;
  const number = (whole || "0") + (part && `.${part}`);
  return found[1] === "-" && number !== "0" ? `-${number}` : number;
}

function numberItem(column, equal, plain, start, source) {
  const dots = plain.indexOf("..");
  const low = decimal(dots < 0 ? plain : plain.slice(0, dots));
  const high = dots < 0 ? low : decimal(plain.slice(dots + 2));
  if (low === null || high === null || (dots >= 0 && !equal)) {
    expected(start, `a number of at most ${MAX_DIGITS} digits for ${column.name}`, shown(source));
  }
  if (column.kind === "angle") {
    return low === "360" && high === "360" && equal ? { low: "0", high: "0" } : { low, high };
  }
  if (Number(low) > Number(high)) fault(start, `the range ${low}..${high} runs backwards`, "the smaller number first");
  return { low, high };
}

function addressItem(pattern, plain, start, source) {
  const block = /^([0-9A-F]{6})\.\.([0-9A-F]{6})$/.exec(plain);
  if (block !== null) {
    const [low, high] = [block[1].toLowerCase(), block[2].toLowerCase()];
    if (low > high) fault(start, `the range ${low}..${high} runs backwards`, "the smaller address first");
    return { low, high };
  }
  if (!/^~?[0-9A-F]{6}$/.test(plain) && pattern.every((piece) => typeof piece === "string")) {
    expected(start, "six hex digits, or a part of them with *", shown(source));
  }
  return pattern;
}

function textItem(column, pattern, start, source) {
  if (column.words.length > 0 && pattern.length === 1 && typeof pattern[0] === "string") {
    const word = pattern[0].toLowerCase();
    if (!column.words.includes(word)) {
      unknown(
        start,
        `${shown(source)} is no value of ${column.name}`,
        nearest(word, column.words),
        `a value of ${column.name}`,
      );
    }
  }
  return pattern;
}

function aged(start, name) {
  if (AGES.has(name)) {
    fault(start, `"${name}" is an age, which grows without a change, so no filter can ask for it`, "another field");
  }
}

function unknown(at, what, near, wanted) {
  if (near === null) fault(at, `${what}; expected ${wanted}`, wanted);
  throw new QueryError(`Column ${at + 1}: ${what}; did you mean ${near}?`, at, near);
}

function expected(at, wanted, found) {
  fault(at, `expected ${wanted}, not ${found}`, wanted);
}

function fault(at, what, wanted) {
  throw new QueryError(`Column ${at + 1}: ${what}.`, at, wanted);
}

/** A word of the text, fit for a sentence: ASCII, and not endless. */
function shown(word) {
  const plain = Array.from(word, (char) => (char >= "!" && char <= "~" ? char : "?")).join("");
  return plain.length <= 24 ? `"${plain}"` : `"${plain.slice(0, 23)}..."`;
}
