/**
 * Where each aircraft has been: a bounded trail a slot of the fleet, filled as positions come and from
 * the server's packed trails. Pure.
 *
 * A point is kept where the path says something: a turn, a climb, a gap, or time gone by, as
 * flighttap/rooms/trail.py keeps them. A point is four 32-bit integers: lon and lat in 1e-7 degrees, time
 * in 0.1 s since `epoch`, and altitude in 25 ft (lower half, -32768 not known) with flags (upper half).
 * That is the server's layout too, so that its trails are taken as they are.
 *
 * Packed trails, little-endian: u32 version 1, u32 how many, f64 Unix time of time nought; then for each
 * u32 address (bit 24: not an ICAO address), u16 count of points, u16 bytes of the key that follow in
 * UTF-8, filled up to fours (0: the address is the key), and its points of 16 bytes, oldest first.
 */
import { GROUND } from "./fleet.js";

/** Flags of a point. */
export const ON_GROUND = 1;
export const AFTER_GAP = 2;
/** Seconds without a position after which the leg to the next was not received. */
export const GAP_S = 30;
/** Words of a point. */
export const WORDS = 4;
export const NO_ALTITUDE = -32768;

const MOST = 64; // points of a live trail
const MOST_LOADED = 256; // points of one that was asked for
const KEPT_S = 3600;
const TURN = 5; // degrees
const CLIMB = 300; // ft
const STRAIGHT_S = 60;
const UNKNOWN_TRACK_S = 8;
const VERSION = 1;
const HEAD = 16;
const NAME = 8;

/** @typedef {{points: Int32Array, count: number, most: number}} Trail */

export class Trails {
  /** @param {import("./fleet.js").Fleet} fleet */
  constructor(fleet) {
    this._fleet = fleet;
    /** Server seconds from which the times of points count; set by the first position. */
    this.epoch = Number.NaN;
    /** @type {(Trail|null)[]} */
    this._trails = [];
    this.version = 0;
    this.keptLon = new Int32Array(256); // 1e-7 degrees, of the last point kept of each slot
    this.keptLat = new Int32Array(256);
    this.keptAt = new Float64Array(256); // server seconds
    this._lastAt = new Float64Array(256); // of the last position, kept or not
    this._alt = new Float32Array(256); // of the last point kept, so with the next two
    this._track = new Float32Array(256);
    this._ground = new Uint8Array(256);
  }

  /** Take in what a message did. Before anybody who draws trails. @param {import("./fleet.js").Applied} applied */
  follow({ moves, touched }) {
    const fleet = this._fleet;
    if (fleet.count > this.keptAt.length) this._grow(Math.max(fleet.count, this.keptAt.length * 2));
    for (const [from, to] of moves) {
      for (const name of ARRAYS) this[name][to] = this[name][from];
      this._trails[to] = this._trails[from];
      this._trails[from] = null;
    }
    this._trails.length = fleet.count;
    const { posAt } = fleet;
    for (let index = 0; index < touched.length; index += 1) {
      const slot = touched[index];
      if (slot >= fleet.count || Number.isNaN(posAt[slot])) continue;
      if (!this._trails[slot]) this._begin(slot);
      else if (posAt[slot] > this._lastAt[slot]) this._note(slot);
    }
  }

  /** The trail of a slot, oldest point first. @param {number} slot @returns {Trail|null} */
  of(slot) {
    return this._trails[slot] ?? null;
  }

  /** Whether a slot has a trail to draw on from. @param {number} slot */
  has(slot) {
    return this._trails[slot] != null;
  }

  /**
   * Take packed trails in: the past of flights that are held, before what was seen here.
   *
   * @param {ArrayBuffer} packed
   * @param {boolean} [whole] whether they are to be kept at full length: somebody asked for this very flight.
   * @returns {number} how many flights have a longer trail now
   * @throws {RangeError} it is cut short or of another version
   */
  load(packed, whole = false) {
    const view = new DataView(packed);
    if (view.getUint32(0, true) !== VERSION) throw new RangeError(`trails of version ${view.getUint32(0, true)}`);
    const epoch = view.getFloat64(8, true);
    if (Number.isNaN(this.epoch)) this.epoch = Math.floor(epoch);
    let at = HEAD;
    let longer = 0;
    for (let trail = view.getUint32(4, true); trail > 0; trail -= 1) {
      const address = view.getUint32(at, true);
      const count = view.getUint16(at + 4, true);
      const length = view.getUint16(at + 6, true);
      at += NAME;
      const slot = this._fleet.slot(keyOf(address, new Uint8Array(packed, at, length)));
      at += Math.ceil(length / 4) * 4;
      const words = new Int32Array(packed.slice(at, at + count * WORDS * 4));
      if (words.length !== count * WORDS) throw new RangeError("trails cut short");
      at += count * WORDS * 4;
      if (slot >= 0 && this._prepend(slot, words, Math.round((epoch - this.epoch) * 10), whole)) longer += 1;
    }
    if (longer) this.version += 1;
    return longer;
  }

  // ---- inside ----

  /** @param {number} slot */
  _begin(slot) {
    const at = this._fleet.posAt[slot];
    if (Number.isNaN(this.epoch)) this.epoch = Math.floor(at);
    this._trails[slot] = { points: new Int32Array(4 * WORDS), count: 0, most: MOST };
    this._lastAt[slot] = at;
    this._keep(slot, false);
  }

  /** Keep the newer position of a slot if it says something new. @param {number} slot */
  _note(slot) {
    const at = this._fleet.posAt[slot];
    const gap = at - this._lastAt[slot] > GAP_S;
    this._lastAt[slot] = at;
    if (gap || (this._differs(slot, at - this.keptAt[slot]) && this._moved(slot))) this._keep(slot, gap);
  }

  /** @param {number} slot */
  _moved(slot) {
    const { lon, lat } = this._fleet;
    return Math.round(lon[slot] * 1e7) !== this.keptLon[slot] || Math.round(lat[slot] * 1e7) !== this.keptLat[slot];
  }

  /** @param {number} slot @param {number} seconds since the last point kept */
  _differs(slot, seconds) {
    const fleet = this._fleet;
    if (seconds >= STRAIGHT_S || this._ground[slot] !== (fleet.flags[slot] & GROUND)) return true;
    const alt = fleet.alt[slot];
    const known = this._alt[slot];
    if (Math.abs(alt - known) >= CLIMB || Number.isNaN(alt) !== Number.isNaN(known)) return true;
    const turned = Math.abs(fleet.track[slot] - this._track[slot]);
    if (Number.isNaN(turned)) return seconds >= UNKNOWN_TRACK_S;
    return turned >= TURN && turned <= 360 - TURN;
  }

  /** @param {number} slot @param {boolean} gap */
  _keep(slot, gap) {
    const fleet = this._fleet;
    const at = fleet.posAt[slot];
    const lon = Math.round(fleet.lon[slot] * 1e7);
    const lat = Math.round(fleet.lat[slot] * 1e7);
    const trail = /** @type {Trail} */ (this._trails[slot]);
    const time = Math.round((at - this.epoch) * 10);
    thin(trail, time - KEPT_S * 10);
    if ((trail.count + 1) * WORDS > trail.points.length) {
      const points = new Int32Array(trail.points.length * 2);
      points.set(trail.points);
      trail.points = points;
    }
    const alt = fleet.alt[slot];
    const steps = Number.isNaN(alt) ? NO_ALTITUDE : Math.max(-32767, Math.min(32767, Math.round(alt / 25)));
    const flags = (fleet.flags[slot] & GROUND ? ON_GROUND : 0) | (gap ? AFTER_GAP : 0);
    trail.points.set([lon, lat, time, (steps & 0xffff) | (flags << 16)], trail.count * WORDS);
    trail.count += 1;
    this.keptLon[slot] = lon;
    this.keptLat[slot] = lat;
    this.keptAt[slot] = at;
    this._alt[slot] = alt;
    this._track[slot] = fleet.track[slot];
    this._ground[slot] = fleet.flags[slot] & GROUND;
    this.version += 1;
  }

  /** @param {number} slot @param {Int32Array} words @param {number} shift of their times @param {boolean} whole */
  _prepend(slot, words, shift, whole) {
    const trail = this._trails[slot];
    const most = whole ? MOST_LOADED : Math.max(MOST, trail?.most ?? 0);
    const first = trail?.count ? trail.points[2] : Number.POSITIVE_INFINITY;
    let older = 0;
    while (older * WORDS < words.length && words[older * WORDS + 2] + shift < first) older += 1;
    if (older === 0) return false;
    const own = trail ? trail.points.subarray(0, trail.count * WORDS) : new Int32Array(0);
    const room = Math.max(0, most - own.length / WORDS);
    const taken = words.subarray(Math.max(0, older - room) * WORDS, older * WORDS);
    for (let at = 2; at < taken.length; at += WORDS) taken[at] += shift;
    const points = new Int32Array(taken.length + own.length);
    points.set(taken);
    points.set(own, taken.length);
    const count = points.length / WORDS;
    if (own.length && count > own.length / WORDS && first - points[taken.length - WORDS + 2] > GAP_S * 10) {
      points[taken.length + 3] |= AFTER_GAP << 16;
    }
    this._trails[slot] = { points, count, most };
    if (!own.length) {
      const last = points.length - WORDS;
      this.keptLon[slot] = points[last];
      this.keptLat[slot] = points[last + 1];
      this.keptAt[slot] = this._lastAt[slot] = this.epoch + points[last + 2] / 10;
      this._alt[slot] = this._track[slot] = Number.NaN;
    }
    return true;
  }

  /** @param {number} capacity */
  _grow(capacity) {
    this.keptLon = grown(this.keptLon, new Int32Array(capacity));
    this.keptLat = grown(this.keptLat, new Int32Array(capacity));
    this.keptAt = grown(this.keptAt, new Float64Array(capacity));
    this._lastAt = grown(this._lastAt, new Float64Array(capacity));
    this._alt = grown(this._alt, new Float32Array(capacity));
    this._track = grown(this._track, new Float32Array(capacity));
    this._ground = grown(this._ground, new Uint8Array(capacity));
  }
}

const ARRAYS = /** @type {const} */ (["keptLon", "keptLat", "keptAt", "_lastAt", "_alt", "_track", "_ground"]);

/** @template {Int32Array|Float64Array|Float32Array|Uint8Array} T @param {T} before @param {T} after */
function grown(before, after) {
  after.set(before);
  return after;
}

/** Drop what is older than `oldest`; of a full trail, every other point of its older half. @param {Trail} trail @param {number} oldest 0.1 s */
function thin(trail, oldest) {
  const { points } = trail;
  let from = 0;
  while (from < trail.count && points[from * WORDS + 2] < oldest) from += 1;
  if (from > 0) {
    points.copyWithin(0, from * WORDS, trail.count * WORDS);
    trail.count -= from;
  }
  if (trail.count < trail.most) return;
  const half = trail.count >> 1;
  let to = 0;
  let gap = 0;
  for (let at = 0; at < trail.count; at += 1) {
    gap |= points[at * WORDS + 3] & (AFTER_GAP << 16);
    if (at < half && at % 2 === 1) continue;
    points.copyWithin(to * WORDS, at * WORDS, (at + 1) * WORDS);
    points[to * WORDS + 3] |= gap;
    gap = 0;
    to += 1;
  }
  trail.count = to;
}

/** @param {number} address @param {Uint8Array} name */
function keyOf(address, name) {
  if (name.length) return new TextDecoder().decode(name);
  return (address & 0x1000000 ? "~" : "") + (address & 0xffffff).toString(16).padStart(6, "0");
}
