/**
 * Who is on the screen, counted a few times a second for labels, picking and the pace of drawing. Pure.
 */
import { GROUND } from "../state/fleet.js";
import { DIM_S } from "./shaders.js";

const GONE_S = DIM_S[3];
const MARGIN = 0.04; // of the view, on each side: who is about to come in

/**
 * @typedef {object} Bounds degrees; west and east run on beyond ±180, so that west is below east
 * @property {number} west
 * @property {number} south
 * @property {number} east
 * @property {number} north
 */

export class Census {
  /** @param {import("../state/fleet.js").Fleet} fleet */
  constructor(fleet) {
    this._fleet = fleet;
    this._slots = new Uint32Array(256);
    this._bounds = { west: -180, south: -90, east: 180, north: 90 };
    this.count = 0;
    /** Knots of the fastest that flies. */
    this.fastest = 0;
    /** Whether one is fading away right now. */
    this.fading = false;
  }

  /** The slots that are shown and on the screen or just beside it. */
  get slots() {
    return this._slots.subarray(0, this.count);
  }

  /** Count anew. @param {Bounds} bounds @param {number} now server seconds */
  take({ west, south, east, north }, now) {
    const fleet = this._fleet;
    const [wide, high] = [(east - west) * MARGIN, (north - south) * MARGIN];
    this._bounds = { west: west - wide, south: south - high, east: east + wide, north: north + high };
    if (this._slots.length < fleet.count) this._slots = new Uint32Array(fleet.count * 2);
    this.count = 0;
    this.fastest = 0;
    this.fading = false;
    for (let slot = 0; slot < fleet.count; slot += 1) {
      if (!this.sees(slot) || fleet.shown[slot] === 0) continue;
      const age = now - fleet.posAt[slot];
      if (age > GONE_S + 0.5) continue;
      if (age > GONE_S - 1) this.fading = true;
      this._slots[this.count++] = slot;
      if (fleet.gs[slot] > this.fastest && !(fleet.flags[slot] & GROUND)) this.fastest = fleet.gs[slot];
    }
  }

  /** Whether a slot lies in what was counted last. @param {number} slot */
  sees(slot) {
    const { west, south, east, north } = this._bounds;
    const lat = this._fleet.lat[slot];
    if (!(lat >= south && lat <= north)) return false;
    if (east - west >= 360) return true;
    let lon = this._fleet.lon[slot];
    while (lon < west) lon += 360;
    while (lon - 360 >= west) lon -= 360;
    return lon <= east;
  }
}
