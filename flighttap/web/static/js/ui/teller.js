/** Telling people of emergencies and of what they watch for: once each, aloud where they asked for it. */
import { emergency, title } from "../pure/format.js";
import { isListed } from "../pure/listing.js";
import { EMERGENCY } from "../state/fleet.js";

export class Teller {
  /**
   * @param {object} parts
   * @param {import("../state/fleet.js").Fleet} parts.fleet
   * @param {import("../state/watchlist.js").Watchlist} parts.watchlist
   * @param {import("./alerts.js").Alerts} parts.alerts
   * @param {(topic: string, text: string) => void} parts.warn
   */
  constructor({ fleet, watchlist, alerts, warn }) {
    this._fleet = fleet;
    this._watchlist = watchlist;
    this._alerts = alerts;
    this._warn = warn;
    this._told = new Set();
  }

  /** Look for what has not been told yet. @param {number} now server seconds. @returns {Set<string>} the keys of flights that are watched for. */
  look(now) {
    const { _fleet: fleet } = this;
    for (let slot = 0; slot < fleet.count; slot += 1) {
      const key = fleet.key[slot];
      if (!(fleet.flags[slot] & EMERGENCY)) this._told.delete(key);
      else if (!this._told.has(key) && isListed(fleet, slot, now)) {
        this._told.add(key);
        this._warn(`alarm ${key}`, `${emergency(fleet.record[slot])}: ${this._name(key)}.`);
      }
    }
    const news = this._watchlist.look(fleet, now);
    this._alerts.tell(news.map(({ query, key }) => ({ key, why: query, name: this._name(key) })));
    return this._watchlist.matching(now);
  }

  /** @param {string} key */
  _name(key) {
    const slot = this._fleet.slot(key);
    return title({ key, record: slot < 0 ? {} : this._fleet.record[slot] });
  }
}
