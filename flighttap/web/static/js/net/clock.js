/**
 * The server's clock, as well as it can be known from here. Pure: local time is an argument.
 *
 * What the server wrote cannot be read before it was written, and an answer is not written before the
 * question was sent: each message bounds the difference of the clocks from below, each answered ping
 * from above. The truth lies between the tightest bounds; both loosen slowly, for clocks drift.
 */

const DRIFT = 1e-4; // seconds a second
const STEP_S = 10; // a contradiction as large as this is a clock that was set, not a delay

export class ServerClock {
  /** @param {() => number} now local milliseconds that never go backwards */
  constructor(now) {
    this._now = now;
    this._low = Number.NaN;
    this._high = Number.NaN;
    this._at = 0; // local seconds at which the bounds were as they are
    this._asked = Number.NaN;
    this._offset = Number.NaN;
  }

  /** Whether anything is known yet. */
  get known() {
    return !Number.isNaN(this._offset);
  }

  /** Server seconds now; NaN before the first message. */
  now() {
    return this._now() / 1000 + this._offset;
  }

  /** Half the span within which the server's time is known, seconds; infinite before an answered ping. */
  get uncertainty() {
    return Number.isNaN(this._high) ? Number.POSITIVE_INFINITY : (this._high - this._low) / 2;
  }

  /** A message came in which the server says what time it is. */
  heard(/** @type {number} */ server) {
    const local = this._loosen();
    const low = server - local;
    if (!(low > this._low - STEP_S)) this._forget();
    if (!(low <= this._low)) this._low = low;
    if (this._high < this._low) {
      if (this._low - this._high > STEP_S) this._high = Number.NaN;
      else this._high = this._low;
    }
    this._settle();
  }

  /** A ping was sent. While one is not answered, another changes nothing: its answer comes second. */
  asked() {
    if (Number.isNaN(this._asked)) this._asked = this._now() / 1000;
  }

  /** Its answer came. */
  answered(/** @type {number} */ server) {
    if (!Number.isNaN(this._asked)) {
      const high = server - this._asked;
      this._asked = Number.NaN;
      this._loosen();
      if (!(high >= this._high)) this._high = high;
      if (this._high < this._low) this._low = this._high;
    }
    this.heard(server);
  }

  /** The connection is another one: a question of the old one is not answered any more. */
  reconnected() {
    this._asked = Number.NaN;
  }

  _loosen() {
    const local = this._now() / 1000;
    const drift = (local - this._at) * DRIFT;
    this._low -= drift;
    this._high += drift;
    this._at = local;
    return local;
  }

  _settle() {
    this._offset = Number.isNaN(this._high) ? this._low : (this._low + this._high) / 2;
  }

  _forget() {
    this._low = Number.NaN;
    this._high = Number.NaN;
  }
}
