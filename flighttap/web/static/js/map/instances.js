/**
 * What the GPU knows of each aircraft: one record of 52 bytes a slot of the fleet, kept in step with it. Pure.
 *
 * The shader reckons from a record to the screen; a record is written only when a message or a person
 * changed something of its flight. A correction starts where the aircraft was drawn at that moment, so
 * that nothing jumps.
 */
import { SHAPES } from "../pure/shapes.js";
import { EMERGENCY, GROUND, INDIRECT, MEMBER } from "../state/fleet.js";
import { ahead, knot, LEAP, left, mercatorX, mercatorY } from "./reckon.js";

/** Bytes of a record; where each part begins is in LAYOUT. */
export const STRIDE = 52;
export const LAYOUT = Object.freeze({ fix: 0, kept: 8, speed: 16, correction: 24, times: 32, turn: 44, look: 48 });

/** Bits of the last byte of `look`. */
export const HOLLOW = 1;
export const NOTCHED = 2;
export const ALARM = 4;
export const SHOWN = 8;
export const SELECTED = 16;
export const HOVERED = 32;
export const TRAILED = 64;
export const HEADED = 128;

/** Places in the colour table: altitudes from the ground up, then these. */
export const ALTITUDES = 250;
export const TOP_FT = 45000;
export const UNKNOWN_COLOUR = 252;
export const GROUND_COLOUR = 253;
export const ALARM_COLOUR = 254;

const UPRIGHT = SHAPES.map((name) => name === "balloon" || name === "obstacle"); // whatever their track
const WORDS = STRIDE / 4;
const RAD = Math.PI / 180;
/** As longitude of a record: it has no position. */
export const NOWHERE = 0x7fffffff;

export class Instances {
  /**
   * @param {import("../state/fleet.js").Fleet} fleet
   * @param {import("../state/trails.js").Trails} trails
   */
  constructor(fleet, trails) {
    this._fleet = fleet;
    this._trails = trails;
    /** Server seconds that the times in the records count from; float32 is fine for hours, not for years. */
    this.epoch = 0;
    /** When the last alarm began, server seconds. */
    this.alarmedAt = Number.NEGATIVE_INFINITY;
    /** @type {ReadonlySet<string>} */
    this.selected = new Set();
    /** @type {string|null} */
    this.hovered = null;
    const buffer = new ArrayBuffer(256 * STRIDE);
    this._bytes = new Uint8Array(buffer);
    this._ints = new Int32Array(buffer);
    this._floats = new Float32Array(buffer);
    this._shorts = new Uint16Array(buffer);
    this._blank(0);
  }

  /** The records, and how many bytes of them are in use. */
  get bytes() {
    return this._bytes.subarray(0, this._fleet.count * STRIDE);
  }

  /** Times count from `now` from here on: all records are to be written again. @param {number} now server seconds */
  rebase(now) {
    const shift = this.epoch - now;
    this.epoch = now;
    for (let slot = 0; slot < this._fleet.count; slot += 1) {
      for (let part = 0; part < 3; part += 1) this._floats[slot * WORDS + LAYOUT.times / 4 + part] += shift;
    }
  }

  /**
   * Follow the fleet after a message.
   *
   * @param {import("../state/fleet.js").Applied} applied
   * @param {number} now server seconds
   * @param {(slot: number) => boolean} [sees] whether a slot is on the screen
   * @returns {number} the greatest correction on the screen that is being eased now, world units
   */
  follow({ moves, touched }, now, sees = () => true) {
    const count = this._fleet.count;
    while (this._bytes.length < count * STRIDE) this._grow();
    for (const [from, to] of moves) {
      if (from !== to) this._bytes.copyWithin(to * STRIDE, from * STRIDE, (from + 1) * STRIDE);
      this._ints[from * WORDS] = NOWHERE;
    }
    let greatest = 0;
    for (let index = 0; index < touched.length; index += 1) {
      const slot = touched[index];
      if (slot >= count) continue;
      const correction = this._write(slot, now);
      if (correction > greatest && sees(slot)) greatest = correction;
    }
    return greatest;
  }

  /** Write what a slot looks like, its motion left as it is. @param {number} slot */
  dress(slot) {
    const fleet = this._fleet;
    const flags = fleet.flags[slot];
    const at = slot * STRIDE + LAYOUT.look;
    const alarm = (flags & EMERGENCY) !== 0;
    this._bytes[at] = alarm ? ALARM_COLOUR : colourOf(fleet.alt[slot], (flags & GROUND) !== 0);
    this._bytes[at + 1] = fleet.shape[slot];
    this._bytes[at + 2] = 0;
    this._bytes[at + 3] =
      (flags & MEMBER ? HOLLOW : 0) |
      (flags & INDIRECT ? NOTCHED : 0) |
      (alarm ? ALARM : 0) |
      (fleet.shown[slot] ? SHOWN : 0) |
      (this.selected.size > 0 && this.selected.has(fleet.key[slot]) ? SELECTED : 0) |
      (this.hovered !== null && fleet.key[slot] === this.hovered ? HOVERED : 0) |
      (this._trails.has(slot) ? TRAILED : 0) |
      (Number.isNaN(fleet.track[slot]) || UPRIGHT[fleet.shape[slot]] ? 0 : HEADED);
    return this._bytes[at + 3];
  }

  /** Whether a slot has to be drawn on top of all others. @param {number} slot */
  stands(slot) {
    const bits = this._bytes[slot * STRIDE + LAYOUT.look + 3];
    return (bits & SHOWN) !== 0 && (bits & (ALARM | SELECTED | HOVERED)) !== 0;
  }

  /**
   * Where a slot is drawn, in world units; null without a position.
   *
   * @param {number} slot
   * @param {number} now server seconds
   * @param {Reckoning} how
   * @param {[number, number]} into
   */
  place(slot, now, { reckoned, eased }, into) {
    const at = slot * WORDS;
    if (this._ints[at] === NOWHERE) return null;
    const floats = this._floats;
    const time = now - this.epoch;
    const on = reckoned ? ahead(time, floats[at + 8]) : 0;
    const rest = reckoned && eased ? left(time, floats[at + 9]) : 0;
    into[0] = mercatorX(this._ints[at] / 1e7) + floats[at + 4] * on + floats[at + 6] * rest;
    into[1] = mercatorY(this._ints[at + 1] / 1e7) + floats[at + 5] * on + floats[at + 7] * rest;
    return into;
  }

  // ---- inside ----

  /** Write the place of a slot, and what is left of the way from where it was drawn. @param {number} slot @param {number} now */
  _write(slot, now) {
    const fleet = this._fleet;
    const ints = this._ints;
    const floats = this._floats;
    const at = slot * WORDS;
    const time = now - this.epoch;
    const known = ints[at] !== NOWHERE;
    const lon0 = ints[at];
    const lat0 = ints[at + 1];
    const lat = fleet.lat[slot];
    const lon = fleet.lon[slot];
    if (Number.isNaN(lat) || Number.isNaN(lon)) {
      ints[at] = NOWHERE;
      this.dress(slot);
      return 0;
    }
    // How far from its old fix it is drawn at this moment.
    const rest = left(time, floats[at + 9]);
    const on = ahead(time, floats[at + 8]);
    const dx = floats[at + 4] * on + floats[at + 6] * rest;
    const dy = floats[at + 5] * on + floats[at + 7] * rest;
    ints[at] = Math.round(lon * 1e7);
    ints[at + 1] = Math.round(lat * 1e7);
    this._aim(slot, lat0);
    floats[at + 8] = fleet.posAt[slot] - this.epoch;
    let most = 0;
    floats[at + 6] = floats[at + 7] = 0;
    if (known) {
      const next = ahead(time, floats[at + 8]);
      const scale = 1 / (3.6e9 * Math.max(0.01, Math.cos(lat * RAD))); // world units of 1e-7 degree of latitude here
      let east = (lon0 - ints[at]) / 3.6e9;
      east -= Math.round(east);
      const x = east + dx - floats[at + 4] * next;
      const y = (ints[at + 1] - lat0) * scale + dy - floats[at + 5] * next;
      most = Math.max(Math.abs(x), Math.abs(y));
      if (most < LEAP) {
        floats[at + 6] = x;
        floats[at + 7] = y;
      } else {
        most = 0;
      }
    }
    floats[at + 9] = time;
    const before = this._bytes[at * 4 + LAYOUT.look + 3];
    const bits = this.dress(slot);
    if (bits & ALARM && !(known && before & ALARM)) {
      floats[at + 10] = time; // it pulses from here
      this.alarmedAt = now;
    }
    ints[at + 2] = this._trails.keptLon[slot];
    ints[at + 3] = this._trails.keptLat[slot];
    return most;
  }

  /**
   * Set speed and turn of a slot whose new place is written. In steady flight both stay what they were,
   * as far as a message can tell, and so does what they come to within a tenth of a degree.
   *
   * @param {number} slot
   * @param {number} lat0 of its place before, 1e-7 degrees
   */
  _aim(slot, lat0) {
    const fleet = this._fleet;
    const at = slot * WORDS;
    const short = slot * (STRIDE / 2) + LAYOUT.turn / 2;
    const track = fleet.track[slot];
    const gs = (fleet.flags[slot] & GROUND) === 0 && fleet.gs[slot] > 0 ? fleet.gs[slot] : 0;
    const turn = Number.isNaN(track) ? 0 : Math.round((track * 65536) / 360) & 0xffff;
    const pace = Number.isNaN(track) ? 0 : Math.min(0xffff, Math.round(gs * 10));
    const shorts = this._shorts;
    const lat = this._ints[at + 1];
    if (turn === shorts[short] && pace === shorts[short + 1] && lat >> 20 === lat0 >> 20) return;
    const speed = (pace / 10) * knot(lat / 1e7);
    shorts[short] = turn;
    shorts[short + 1] = pace;
    this._floats[at + 4] = speed * Math.sin(track * RAD || 0);
    this._floats[at + 5] = -speed * Math.cos(track * RAD || 0);
  }

  _grow() {
    const before = this._bytes;
    const buffer = new ArrayBuffer(before.length * 2);
    this._bytes = new Uint8Array(buffer);
    this._bytes.set(before);
    this._ints = new Int32Array(buffer);
    this._floats = new Float32Array(buffer);
    this._shorts = new Uint16Array(buffer);
    this._blank(before.length / STRIDE);
  }

  /** @param {number} from slot */
  _blank(from) {
    for (let at = from * WORDS; at < this._ints.length; at += WORDS) this._ints[at] = NOWHERE;
  }
}

/** @typedef {{reckoned: boolean, eased: boolean}} Reckoning whether positions are reckoned on, and corrections eased */

/** The place of an altitude in the colour table. @param {number} feet NaN where not known @param {boolean} ground */
export function colourOf(feet, ground) {
  if (ground) return GROUND_COLOUR;
  if (Number.isNaN(feet)) return UNKNOWN_COLOUR;
  return Math.round((Math.max(0, Math.min(TOP_FT, feet)) / TOP_FT) * (ALTITUDES - 1));
}
