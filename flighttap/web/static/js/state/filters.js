/**
 * Which flights are shown: one byte a slot in fleet.shown, from the search box, the legend, distance and
 * the other filters of the view. Pure.
 *
 * Figures are compared for the slots that a message touched, at once. A filter of the language looks at
 * whole records and is run over all flights at most once a second, except on new ones.
 */
import { far } from "../pure/columns.js";
import { isListed } from "../pure/listing.js";
import { EVERYTHING, searchFor } from "../pure/search.js";

/** @typedef {import("./fleet.js").Fleet} Fleet */
/** @typedef {import("../pure/columns.js").Look} Look */

const EVERY_S = 1;
const AT_ONCE = 200; // slots for which a filter of the language is not put off
const GROUND = 1;
const MEMBER = 8;

export class Filters {
  /**
   * @param {Fleet} fleet
   * @param {import("./view.js").View} view
   * @param {Look} look kept up to date by its owner.
   */
  constructor(fleet, view, look) {
    this._fleet = fleet;
    this._view = view;
    this._look = look;
    this._ranAt = -Infinity;
    this._waiting = false;
    /** @type {Set<string>|null} keys that the server says match, where the page cannot know. */
    this.told = null;
    this.search = EVERYTHING;
    /** What is wrong with what was typed; the filter before it stays in force. */
    this.problem = "";
    this.read();
  }

  /** Read the search box anew. */
  read() {
    const found = searchFor(this._view.state.query);
    this.problem = found.problem;
    if (found.problem) return;
    if (found.normal !== this.search.normal) this.told = null;
    this.search = found;
  }

  /** Look at every flight. */
  all() {
    const { fleet, selected } = this._prepared();
    for (let slot = 0; slot < fleet.count; slot += 1) this._mark(slot, selected);
    this._ranAt = this._look.now;
    this._waiting = false;
  }

  /** Look at the slots that a message touched. @param {ArrayLike<number>} slots */
  some(slots) {
    if (this.search.active && slots.length > AT_ONCE) {
      this._waiting = true;
      return;
    }
    const { fleet, selected } = this._prepared();
    for (let at = 0; at < slots.length; at += 1) if (slots[at] < fleet.count) this._mark(slots[at], selected);
  }

  /** Catch up with what was put off. @returns {boolean} whether there was anything. */
  tick() {
    const due = this._waiting && this._look.now - this._ranAt >= EVERY_S;
    if (due) this.all();
    return due;
  }

  /** How many flights are listed, and how many of them are shown. */
  count() {
    const { _fleet: fleet, _look: look } = this;
    let listed = 0;
    let shown = 0;
    for (let slot = 0; slot < fleet.count; slot += 1) {
      if (!isListed(fleet, slot, look.now)) continue;
      listed += 1;
      shown += fleet.shown[slot];
    }
    return { listed, shown };
  }

  _prepared() {
    const { isolate, selected } = this._view.state;
    return { fleet: this._fleet, selected: isolate && selected.length ? new Set(selected) : null };
  }

  /** @param {number} slot @param {Set<string>|null} selected */
  _mark(slot, selected) {
    this._fleet.shown[slot] = this._passes(slot, selected) ? 1 : 0;
  }

  /** @param {number} slot @param {Set<string>|null} selected */
  _passes(slot, selected) {
    const { _fleet: fleet, _look: look } = this;
    const { low, high, within, position, ground, from } = this._view.state;
    const flags = fleet.flags[slot];
    if (selected !== null && !selected.has(fleet.key[slot])) return false;
    if (from !== "any" && (from === "members") !== ((flags & MEMBER) !== 0)) return false;
    const grounded = (flags & GROUND) !== 0;
    if (ground !== "any" && (ground === "ground") !== grounded) return false;
    if (low !== null || high !== null) {
      const feet = grounded ? 0 : fleet.alt[slot];
      if (!(feet >= (low ?? -Infinity) && feet <= (high ?? Infinity))) return false;
    }
    if (position !== "any" && (position === "without") !== Number.isNaN(fleet.lat[slot])) return false;
    if (within !== null && look.place !== null && !(far(fleet, slot, look) <= within)) return false;
    const { search } = this;
    if (!search.active) return true;
    const key = fleet.key[slot];
    if (search.beyond) return search.named(key, fleet.record[slot]) && (this.told === null || this.told.has(key));
    return search.finds(key, fleet.record[slot], () => fleet.row(slot));
  }
}
