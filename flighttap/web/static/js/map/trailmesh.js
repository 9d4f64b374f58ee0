/**
 * Trails as the GPU takes them: one record of 24 bytes a leg between two points kept. Pure.
 *
 * The leg from the last point to the moving aircraft is not here: the shader draws it from the aircraft's
 * own record (instances.js), so that nothing has to be written while it flies on.
 */
import { AFTER_GAP, NO_ALTITUDE, ON_GROUND, WORDS } from "../state/trails.js";
import { colourOf } from "./instances.js";

/** Bytes of a leg: two places, the time of its end, and colours and gap. */
export const LEG = 24;

export class Legs {
  constructor() {
    this.count = 0;
    this._bytes = new Uint8Array(1024 * LEG);
    this._ints = new Int32Array(this._bytes.buffer);
  }

  /** The records in use. */
  get bytes() {
    return this._bytes.subarray(0, this.count * LEG);
  }

  clear() {
    this.count = 0;
  }

  /**
   * Add the legs of a trail that ended after a moment.
   *
   * @param {import("../state/trails.js").Trail} trail
   * @param {number} since 0.1 s, as the trail's times
   * @param {number} most legs in all
   * @returns {boolean} whether there was room
   */
  add({ points, count }, since, most) {
    let at = count - 1;
    while (at > 0 && points[at * WORDS + 2] > since) at -= 1;
    for (at += 1; at < count; at += 1) {
      if (this.count >= most) return false;
      if ((this.count + 1) * LEG > this._bytes.length) this._grow();
      const to = at * WORDS;
      const from = to - WORDS;
      const word = (this.count * LEG) / 4;
      this._ints[word] = points[from];
      this._ints[word + 1] = points[from + 1];
      this._ints[word + 2] = points[to];
      this._ints[word + 3] = points[to + 1];
      this._ints[word + 4] = points[to + 2];
      const byte = (word + 5) * 4;
      this._bytes[byte] = colourAt(points[from + 3]);
      this._bytes[byte + 1] = colourAt(points[to + 3]);
      this._bytes[byte + 2] = (points[to + 3] >> 16) & AFTER_GAP ? 1 : 0;
      this.count += 1;
    }
    return true;
  }

  _grow() {
    const before = this._bytes;
    this._bytes = new Uint8Array(before.length * 2);
    this._bytes.set(before);
    this._ints = new Int32Array(this._bytes.buffer);
  }
}

/** @param {number} word the last of a point's */
function colourAt(word) {
  const steps = (word << 16) >> 16;
  return colourOf(steps === NO_ALTITUDE ? Number.NaN : steps * 25, ((word >> 16) & ON_GROUND) !== 0);
}
