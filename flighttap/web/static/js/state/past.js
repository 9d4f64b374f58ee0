/**
 * Where flights have been before this page came: trails of the part of the map that is looked at, the
 * whole trail of a chosen flight, and how far the receiver hears. Asked of the API; no DOM.
 */

const AGAIN_MS = 60000;

/** @typedef {[number, number]} Corner longitude and latitude */

export class Past {
  /**
   * @param {string} room
   * @param {object} parts
   * @param {import("./trails.js").Trails} parts.trails
   * @param {import("./fleet.js").Fleet} parts.fleet
   * @param {(path: string) => Promise<any>} parts.ask JSON of the API.
   * @param {(path: string) => Promise<ArrayBuffer|null>} parts.fetchBytes
   * @param {() => void} parts.onTrails after trails grew longer.
   */
  constructor(room, { trails, fleet, ask, fetchBytes, onTrails }) {
    this._base = `/api/v1/rooms/${encodeURIComponent(room)}`;
    this._trails = trails;
    this._fleet = fleet;
    this._ask = ask;
    this._fetchBytes = fetchBytes;
    this._onTrails = onTrails;
    /** @type {Map<string, number>} what was asked for, and when. */
    this._asked = new Map();
  }

  /** The trails of a part of the map. @param {[number, number, number, number]|null} box west, south, east, north; null for all. @param {number} now ms */
  area(box, now) {
    const query = box === null ? "" : `?bbox=${box.map((each) => each.toFixed(2)).join()}`;
    return this._load(`/trails${query}`, false, now);
  }

  /** The whole trail of one flight. @param {string} key @param {number} now ms */
  flight(key, now) {
    return this._load(`/trails/${encodeURIComponent(key)}`, true, now);
  }

  /** How far the receiver hears, direction by direction, as a ring of corners; null where that is not known. @returns {Promise<Corner[]|null>} */
  async reach() {
    const said = await this._ask(`${this._base}/reach`);
    if (!Array.isArray(said?.farthest)) return null;
    return said.farthest
      .filter(Array.isArray)
      .map((/** @type {number[]} */ [lat, lon]) => /** @type {Corner} */ ([lon, lat]));
  }

  /** The heights of one flight: server seconds and feet, oldest first; null where there is no trail. @param {string} key */
  heights(key) {
    const slot = this._fleet.slot(key);
    const trail = slot < 0 ? null : this._trails.of(slot);
    if (!trail) return null;
    const t = new Float64Array(trail.count + 1);
    const alt = new Float64Array(trail.count + 1);
    for (let at = 0; at < trail.count; at += 1) {
      const word = trail.points[4 * at + 3];
      const steps = (word << 16) >> 16;
      t[at] = this._trails.epoch + trail.points[4 * at + 2] / 10;
      alt[at] = word & GROUND_BIT ? 0 : steps === UNKNOWN ? Number.NaN : steps * 25;
    }
    t[trail.count] = this._fleet.posAt[slot];
    alt[trail.count] = this._fleet.flags[slot] & 1 ? 0 : this._fleet.alt[slot];
    return { t, alt };
  }

  /** @param {string} path @param {boolean} whole @param {number} now */
  async _load(path, whole, now) {
    if (now - (this._asked.get(path) ?? -Infinity) < AGAIN_MS) return;
    this._asked.set(path, now);
    const packed = await this._fetchBytes(this._base + path);
    if (packed && this._trails.load(packed, whole)) this._onTrails();
  }
}

const UNKNOWN = -32768;
const GROUND_BIT = 1 << 16;
