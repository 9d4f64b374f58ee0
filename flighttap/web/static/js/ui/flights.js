/** The fleet as the table and the panel read it: one plain object a flight, made when asked for. Pure. */

const FIELDS = ["lat", "lon", "alt_baro", "alt_geom", "on_ground", "gs", "track", "baro_rate", "geom_rate"];

/**
 * @typedef {object} Flight
 * @property {string} key
 * @property {number} born number of the message that first brought it
 * @property {Record<string, any>} record under the names of the wire
 * @property {Record<string, number>} stamps when each field last changed, server seconds
 * @property {number} heard when anything was last received, server seconds
 * @property {number|null} heardPos when a position was
 */

export class Flights {
  /** @param {import("../state/fleet.js").Fleet} fleet */
  constructor(fleet) {
    this._fleet = fleet;
    /** @type {Map<string, Flight>} */
    this._made = new Map();
    fleet.onApplied((applied) => {
      if (applied.whole) this._made.clear();
      for (const key of applied.changed) this._made.delete(key);
      for (const key of applied.removed) this._made.delete(key);
    });
  }

  get size() {
    return this._fleet.count;
  }

  /** @returns {Flight|undefined} */
  get(/** @type {string} */ key) {
    const slot = this._fleet.slot(key);
    return slot < 0 ? undefined : this._flight(slot);
  }

  /** @returns {Generator<Flight>} */
  *values() {
    for (let slot = 0; slot < this._fleet.count; slot += 1) yield this._flight(slot);
  }

  _flight(/** @type {number} */ slot) {
    const fleet = this._fleet;
    const key = fleet.key[slot];
    const known = this._made.get(key);
    if (known) return known;
    const stamps = Object.assign(Object.create(null), fleet.stamps[slot]);
    for (const name of FIELDS) {
      const at = fleet.changedAt(slot, name);
      if (at !== undefined) stamps[name] = at;
    }
    const heardPos = Number.isNaN(fleet.posAt[slot]) ? null : fleet.posAt[slot];
    const made = { key, born: fleet.born[slot], record: fleet.row(slot), stamps, heard: fleet.heardAt[slot], heardPos };
    this._made.set(key, made);
    return made;
  }
}
