/**
 * The flights of a room as the page holds them: the only copy, a struct of arrays. Pure.
 *
 * Slots 0 to count-1 are in use; forgetting a flight moves the last one into its slot, which listeners
 * with arrays of their own follow through `moves`. How a flight moves lies in typed arrays, read by slot
 * without a look-up; everything else lies in `record[slot]` under its name on the wire. Records have no
 * prototype, so that a field called `__proto__` is a field like any other. codec/replica.js is the only
 * one that writes, and ends each message with commit().
 */
import { emergency } from "../pure/format.js";
import { shapeOf } from "../pure/shapes.js";

/** Bits of flags[slot]. */
export const GROUND = 1;
export const GEOM = 2; // the altitude is geometric
export const NON_ICAO = 4;
export const MEMBER = 8; // sent by a member of the room
export const INDIRECT = 16; // MLAT or TIS-B: not told by the aircraft itself
export const EMERGENCY = 32;
export const GEOM_RATE = 64; // the vertical rate is geometric

const OF_MOTION = GROUND | GEOM | GEOM_RATE;
const ROW = 20;
const NAN = Number.NaN;

/** Fields that are kept in arrays and not in records. */
const MOTION = new Set(["lat", "lon", "alt_baro", "on_ground", "gs", "track", "baro_rate"]);
const AGES = new Set(["seen", "seen_pos"]);
const SHAPED = new Set(["category", "t", "type", "squawk", "emergency"]);
/** Where the time of its last change is kept, by field. */
const SINCE = new Map(
  Object.entries({
    lat: "posAt",
    lon: "posAt",
    alt_baro: "altAt",
    on_ground: "altAt",
    gs: "gsAt",
    track: "trackAt",
    baro_rate: "rateAt",
  }),
);

/**
 * What one message did. Keys, but for `moves`.
 *
 * @typedef {object} Applied
 * @property {boolean} whole anything may differ: a snapshot was taken
 * @property {string[]} added
 * @property {string[]} changed new ones are not among them
 * @property {string[]} removed
 * @property {[number, number][]} moves in this order, slot `from` was copied over slot `to` and given up;
 *   where both are equal it was only given up
 * @property {Uint32Array} touched the slots that were written, each once; some may be given up by now
 */

export class Fleet {
  constructor(capacity = 256) {
    this.count = 0;
    this.version = 0;
    /** @type {string[]} */
    this.key = [];
    /** @type {Record<string, any>[]} */
    this.record = [];
    /** @type {Record<string, number>[]} when each field of `record` last changed, server seconds */
    this.stamps = [];
    this.lon = new Float64Array(capacity); // degrees, NaN where not known; so with all that follow
    this.lat = new Float64Array(capacity);
    this.alt = new Float32Array(capacity); // ft
    this.gs = new Float32Array(capacity); // kt
    this.track = new Float32Array(capacity); // degrees
    this.rate = new Float32Array(capacity); // ft/min
    this.posAt = new Float64Array(capacity); // server seconds at which the position was received
    this.heardAt = new Float64Array(capacity); // server seconds at which anything was
    this.altAt = new Float64Array(capacity); // server seconds of the last change, so with the next three
    this.gsAt = new Float64Array(capacity);
    this.trackAt = new Float64Array(capacity);
    this.rateAt = new Float64Array(capacity);
    this.born = new Float64Array(capacity); // number of the message that first brought it
    this.flags = new Uint16Array(capacity);
    this.shape = new Uint8Array(capacity); // index in SHAPES
    this.shown = new Uint8Array(capacity); // 1 = passes the filters; state/filters.js writes it
    this._capacity = capacity;
    /** @type {Map<string|number, number>} */
    this._slots = new Map();
    /** @type {Set<(applied: Applied) => void>} */
    this._listeners = new Set();
    this._taken = 1; // the number of the message that is being applied
    this._marks = new Uint32Array(capacity); // the last message that touched each slot
    this._touched = new Uint32Array(capacity);
    this._count = 0; // of _touched
    this._begin();
  }

  /** The slot of a flight, -1 where it is not held. */
  slot(/** @type {string} */ key) {
    return this._slots.get(idOf(key)) ?? -1;
  }

  /** Call `listener` after each message that was applied. Gives what ends that. */
  onApplied(/** @type {(applied: Applied) => void} */ listener) {
    this._listeners.add(listener);
    return () => this._listeners.delete(listener);
  }

  /** A flight as one object under the names of the wire, made anew. */
  row(/** @type {number} */ slot) {
    const key = this.key[slot];
    const flags = this.flags[slot];
    const row = Object.assign(Object.create(null), this.record[slot]);
    row[key.includes(":") ? "key" : "hex"] = key;
    put(row, "lat", this.lat[slot]);
    put(row, "lon", this.lon[slot]);
    put(row, flags & GEOM ? "alt_geom" : "alt_baro", this.alt[slot]);
    if (flags & GROUND) row.on_ground = true;
    put(row, "gs", decimal(this.gs[slot]));
    put(row, "track", decimal(this.track[slot]));
    put(row, flags & GEOM_RATE ? "geom_rate" : "baro_rate", this.rate[slot]);
    return row;
  }

  /** When a field last changed, server seconds; undefined where it is not known. */
  changedAt(/** @type {number} */ slot, /** @type {string} */ name) {
    const flags = this.flags[slot];
    let field = name;
    if (name === "alt_geom" && flags & GEOM) field = "alt_baro";
    if (name === "geom_rate" && flags & GEOM_RATE) field = "baro_rate";
    const since = SINCE.get(field);
    if (since === undefined) return this.stamps[slot][name];
    const at = /** @type {any} */ (this)[since][slot];
    return Number.isNaN(at) ? undefined : at;
  }

  // ---- what the codec calls ----

  /** Set a whole record, new or in place of what was known. `now`: server seconds of the message. */
  put(/** @type {string} */ key, /** @type {Record<string, any>} */ fields, /** @type {number} */ now) {
    const id = idOf(key);
    let slot = this._slots.get(id);
    if (slot === undefined) {
      slot = this._grown();
      this._slots.set(id, slot);
      this.key[slot] = key;
      this.born[slot] = this._taken;
      this.shown[slot] = 1;
      this._added.push(key);
      this._marks[slot] = 0;
    }
    this.record[slot] = Object.create(null);
    this.stamps[slot] = Object.create(null);
    this.flags[slot] = typeof id === "number" && id > 0xffffff ? NON_ICAO : 0;
    for (const name of ["lon", "lat", "alt", "gs", "track", "rate", "posAt", "altAt", "gsAt", "trackAt", "rateAt"]) {
      /** @type {any} */ (this)[name][slot] = NAN;
    }
    this._lay(slot, fields, now);
    this._describe(slot);
  }

  /** Merge changed fields into a record; null clears one. False where the flight is not held. */
  merge(/** @type {string} */ key, /** @type {Record<string, any>} */ delta, /** @type {number} */ now) {
    const slot = this.slot(key);
    if (slot < 0) return false;
    if (this._lay(slot, delta, now)) this._describe(slot);
    return true;
  }

  /**
   * Take the rows of a binary message: each says all that is known of how one flight moves.
   *
   * @param {DataView} rows
   * @param {number} now server seconds of the message
   * @returns {string|null} the key of a flight that is not held, at which it stopped
   */
  motion(rows, now) {
    const end = rows.byteLength;
    const { lon, lat, alt, gs, track, rate, posAt, heardAt, flags } = this;
    for (let at = 0; at < end; at += ROW) {
      const first = rows.getUint32(at, true);
      const said = first >>> 24;
      const slot = this._slots.get(first & 0x1ffffff);
      if (slot === undefined) return keyOf(first & 0x1ffffff);
      const age = now - rows.getUint8(at + 19) / 4;
      if (!(heardAt[slot] >= age)) heardAt[slot] = age;
      const before = flags[slot];
      flags[slot] = (before & ~OF_MOTION) | (said & 2 ? GROUND : 0) | (said & 4 ? GEOM : 0);
      if (said & 8) {
        const x = rows.getInt32(at + 4, true) / 1e7;
        const y = rows.getInt32(at + 8, true) / 1e7;
        // The age has steps of 0.25 s: the same place was not received anew.
        if (x !== lon[slot] || y !== lat[slot] || !(Math.abs(posAt[slot] - age) < 0.3)) posAt[slot] = age;
        lon[slot] = x;
        lat[slot] = y;
      } else {
        lon[slot] = lat[slot] = posAt[slot] = NAN;
      }
      let value = said & 16 ? rows.getInt16(at + 12, true) * 25 : NAN;
      if (!Object.is(value, alt[slot]) || (before ^ flags[slot]) & GROUND) this.altAt[slot] = said & 18 ? now : NAN;
      alt[slot] = value;
      value = said & 32 ? Math.fround(rows.getUint16(at + 14, true) / 10) : NAN;
      if (!Object.is(value, gs[slot])) this.gsAt[slot] = said & 32 ? now : NAN;
      gs[slot] = value;
      value = said & 64 ? (rows.getUint16(at + 16, true) * 360) / 65536 : NAN;
      if (!Object.is(value, track[slot])) this.trackAt[slot] = said & 64 ? now : NAN;
      track[slot] = value;
      value = said & 128 ? rows.getInt8(at + 18) * 64 : NAN;
      if (!Object.is(value, rate[slot])) this.rateAt[slot] = said & 128 ? now : NAN;
      rate[slot] = value;
      this._touch(slot);
    }
    return null;
  }

  /** Forget a flight, if it is held. */
  forget(/** @type {string} */ key) {
    const id = idOf(key);
    const slot = this._slots.get(id);
    if (slot === undefined) return;
    this._slots.delete(id);
    this._removed.push(key);
    const last = --this.count;
    this._moves.push([last, slot]);
    if (last !== slot) {
      for (const name of ARRAYS) /** @type {any} */ (this)[name][slot] = /** @type {any} */ (this)[name][last];
      for (const list of [this.key, this.record, this.stamps]) list[slot] = list[last];
      this._slots.set(idOf(this.key[slot]), slot);
      this._marks[slot] = 0;
      this._touch(slot);
    }
    this.key.length = this.record.length = this.stamps.length = last;
  }

  /** Forget all. */
  clear() {
    for (const key of this.key.slice().reverse()) this.forget(key);
  }

  /** A message was applied: tell the listeners, and begin the next. */
  commit({ whole = false } = {}) {
    const added = new Set(this._added);
    const { key } = this;
    const touched = this._touched.slice(0, this._count);
    /** @type {string[]|null} */
    let changed = null;
    const applied = {
      whole,
      added: this._added,
      get changed() {
        changed ??= Array.from(
          touched.filter((slot) => slot < key.length),
          (slot) => key[slot],
        ).filter((each) => !added.has(each));
        return changed;
      },
      removed: this._removed,
      moves: this._moves,
      touched,
    };
    this.version += 1;
    this._taken += 1;
    this._begin();
    for (const listener of this._listeners) listener(applied);
    return applied;
  }

  // ---- inside ----

  _begin() {
    /** @type {string[]} */
    this._added = [];
    /** @type {string[]} */
    this._removed = [];
    /** @type {[number, number][]} */
    this._moves = [];
    this._count = 0;
  }

  _touch(/** @type {number} */ slot) {
    if (this._marks[slot] === this._taken) return;
    this._marks[slot] = this._taken;
    this._touched[this._count++] = slot;
  }

  /** Lay fields over a record; tells whether what the flags and the shape hang on was among them. */
  _lay(/** @type {number} */ slot, /** @type {Record<string, any>} */ fields, /** @type {number} */ now) {
    const record = this.record[slot];
    const stamps = this.stamps[slot];
    let described = false;
    for (const name of Object.keys(fields)) {
      const value = fields[name];
      if (AGES.has(name) || name === "hex" || name === "key") continue;
      described ||= SHAPED.has(name);
      if (MOTION.has(name)) this._move(slot, name, value, now);
      else if (value === null) {
        delete record[name];
        delete stamps[name];
      } else {
        if (String(record[name]) !== String(value)) stamps[name] = now; // a list has no other equal
        record[name] = value;
      }
    }
    if ("alt_geom" in fields || "alt_baro" in fields) this._second(slot, "alt", "alt_geom", GEOM, "alt_baro" in fields);
    if ("geom_rate" in fields || "baro_rate" in fields)
      this._second(slot, "rate", "geom_rate", GEOM_RATE, "baro_rate" in fields);
    this.heardAt[slot] = now - (fields.seen ?? 0);
    if (Number.isNaN(this.lat[slot]) || Number.isNaN(this.lon[slot])) this.posAt[slot] = NAN;
    else if ("lat" in fields || "lon" in fields || "seen_pos" in fields)
      this.posAt[slot] = now - (fields.seen_pos ?? 0);
    this._touch(slot);
    return described;
  }

  _move(/** @type {number} */ slot, /** @type {string} */ name, /** @type {any} */ value, /** @type {number} */ now) {
    if (name === "on_ground" || (name === "alt_baro" && value === "ground")) {
      const before = this.flags[slot];
      this.flags[slot] = value === true || value === "ground" ? before | GROUND : before & ~GROUND;
      if (this.flags[slot] !== before) this.altAt[slot] = now;
    }
    if (name === "on_ground") return;
    const known = typeof value === "number" && Number.isFinite(value);
    const array = {
      lat: this.lat,
      lon: this.lon,
      alt_baro: this.alt,
      gs: this.gs,
      track: this.track,
      baro_rate: this.rate,
    }[name];
    /** @type {Float64Array} */ (array)[slot] = known ? value : NAN;
    if (name !== "lat" && name !== "lon") {
      const since = /** @type {any} */ (this)[/** @type {string} */ (SINCE.get(name))];
      since[slot] = known || this.flags[slot] & GROUND ? now : NAN;
    }
  }

  /** The geometric value stands in where the barometric one is not known. */
  _second(
    /** @type {number} */ slot,
    /** @type {"alt"|"rate"} */ name,
    /** @type {string} */ geometric,
    /** @type {number} */ flag,
    /** @type {boolean} */ first,
  ) {
    const array = this[name];
    if (!first && !(this.flags[slot] & flag) && !Number.isNaN(array[slot])) return;
    if (first && !Number.isNaN(array[slot])) {
      this.flags[slot] &= ~flag;
      return;
    }
    const value = this.record[slot][geometric];
    const known = typeof value === "number" && Number.isFinite(value);
    array[slot] = known ? value : NAN;
    this.flags[slot] = known ? this.flags[slot] | flag : this.flags[slot] & ~flag;
    const at = this.stamps[slot][geometric];
    if (known) /** @type {any} */ (this)[name === "alt" ? "altAt" : "rateAt"][slot] = at;
  }

  /** Bring flags and shape up to date with what the record says. */
  _describe(/** @type {number} */ slot) {
    const record = this.record[slot];
    let flags = this.flags[slot] & (OF_MOTION | NON_ICAO);
    if (record.type === "member") flags |= MEMBER;
    if (typeof record.type === "string" && (record.type === "mlat" || record.type.startsWith("tisb")))
      flags |= INDIRECT;
    if (emergency(record) !== null) flags |= EMERGENCY;
    this.shape[slot] = shapeOf(record.category, record.t);
    this.flags[slot] = flags;
  }

  _grown() {
    if (this.count === this._capacity) {
      this._capacity *= 2;
      for (const name of [...ARRAYS, "_marks", "_touched"]) {
        const before = /** @type {any} */ (this)[name];
        const after = new before.constructor(this._capacity);
        after.set(before);
        /** @type {any} */ (this)[name] = after;
      }
    }
    return this.count++;
  }
}

const ARRAYS = Object.freeze([
  "lon",
  "lat",
  "alt",
  "gs",
  "track",
  "rate",
  "posAt",
  "heardAt",
  "altAt",
  "gsAt",
  "trackAt",
  "rateAt",
  "born",
  "flags",
  "shape",
  "shown",
]);

/** What a flight is looked up by: a number for a 24-bit address, 1 << 24 set for one that is not ICAO's. */
function idOf(/** @type {string} */ key) {
  if (/^~?[0-9a-f]{6}$/.test(key))
    return key.length === 6 ? Number.parseInt(key, 16) : 0x1000000 | Number.parseInt(key.slice(1), 16);
  return key;
}

function keyOf(/** @type {number} */ id) {
  const address = (id & 0xffffff).toString(16).padStart(6, "0");
  return id > 0xffffff ? `~${address}` : address;
}

function put(/** @type {Record<string, any>} */ row, /** @type {string} */ name, /** @type {number} */ value) {
  if (!Number.isNaN(value)) row[name] = value;
}

/** A float32 as it was written. */
function decimal(/** @type {number} */ value) {
  return Math.round(value * 1e4) / 1e4;
}
