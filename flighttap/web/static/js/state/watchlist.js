/**
 * The watch-list: filters that a person wants to be told of, kept in this browser. Pure.
 *
 * A flight is told once for each filter when it begins to match; it may be told again when it has not
 * matched for a while. What matched already when a filter was added is not news.
 */
import { searchFor } from "../pure/search.js";

/** @typedef {import("./fleet.js").Fleet} Fleet */

const AGAIN_S = 600;
const MOST = 20;

/**
 * @typedef {object} Entry
 * @property {string} query
 * @property {import("../pure/search.js").Search} search
 * @property {Map<string, number>} matched key to the server second at which it last matched.
 * @property {boolean} fresh whether it has not looked at the fleet yet.
 */

export class Watchlist {
  /** @param {string|null} kept what `kept` gave once. */
  constructor(kept = null) {
    /** @type {Entry[]} */
    this._entries = [];
    for (const query of read(kept)) this.add(query);
  }

  /** The filters, in the order in which they were added. */
  get queries() {
    return this._entries.map(({ query }) => query);
  }

  /** As it is kept in the browser. */
  get kept() {
    return JSON.stringify(this.queries);
  }

  /** Whether a text can be added: a filter that can be read, of what the stream carries, and is not on the list. @param {string} query */
  takes(query) {
    const search = searchFor(query.trim());
    const readable = search.active && !search.problem && !search.beyond;
    return readable && !this.has(query) && this._entries.length < MOST;
  }

  /** @param {string} query @returns {boolean} whether it is on the list now and was not before. */
  add(query) {
    if (!this.takes(query)) return false;
    const text = query.trim();
    this._entries.push({ query: text, search: searchFor(text), matched: new Map(), fresh: true });
    return true;
  }

  /** @param {string} query */
  remove(query) {
    this._entries = this._entries.filter((entry) => entry.query !== query.trim());
  }

  /** @param {string} query */
  has(query) {
    return this._entries.some((entry) => entry.query === query.trim());
  }

  /**
   * What is news: flights that match now and did not lately.
   *
   * @param {Fleet} fleet
   * @param {number} now server seconds.
   * @returns {{query: string, key: string}[]}
   */
  look(fleet, now) {
    const news = [];
    for (const { query, search, matched, fresh } of this._entries) {
      for (let slot = 0; slot < fleet.count; slot += 1) {
        const key = fleet.key[slot];
        if (!search.finds(key, fleet.record[slot], () => fleet.row(slot))) continue;
        if (!fresh && !(now - (matched.get(key) ?? -Infinity) < AGAIN_S)) news.push({ query, key });
        matched.set(key, now);
      }
      for (const [key, at] of matched) if (now - at > AGAIN_S) matched.delete(key);
    }
    for (const entry of this._entries) entry.fresh = false;
    return news;
  }

  /** The keys of all flights that matched when last looked at. @param {number} now server seconds of that look. */
  matching(now) {
    const keys = new Set();
    for (const { matched } of this._entries) for (const [key, at] of matched) if (at === now) keys.add(key);
    return keys;
  }
}

/** @param {string|null} kept @returns {string[]} */
function read(kept) {
  try {
    const list = JSON.parse(kept ?? "[]");
    return Array.isArray(list) ? list.filter((each) => typeof each === "string") : [];
  } catch {
    return [];
  }
}
