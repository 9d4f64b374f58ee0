/** What slides over the list: the panel of the chosen flight, or the room at a glance. */
import { profile } from "../pure/profile.js";
import { mark, show } from "./dom.js";

/** @typedef {import("../pure/groups.js").Flight} Flight */

export class Side {
  /**
   * @param {object} parts
   * @param {HTMLElement} parts.dock
   * @param {HTMLElement} parts.side
   * @param {import("./panel.js").Panel} parts.panel
   * @param {import("./overview.js").Overview} parts.overview
   * @param {import("../state/fleet.js").Fleet} parts.fleet
   * @param {import("../state/view.js").View} parts.view
   * @param {import("../pure/columns.js").Look} parts.look
   * @param {import("../state/watchlist.js").Watchlist} parts.watchlist
   * @param {(key: string) => {t: ArrayLike<number>, alt: ArrayLike<number>}|null} parts.trailOf
   */
  constructor({ dock, side, panel, overview, fleet, view, look, watchlist, trailOf }) {
    this._dock = dock;
    this._side = side;
    this._panel = panel;
    this._overview = overview;
    this._fleet = fleet;
    this._view = view;
    this._look = look;
    this._watchlist = watchlist;
    this._trailOf = trailOf;
    this._room = false;
    /** @type {Flight|null} the chosen flight as last seen */
    this._kept = null;
    side.append(overview.node, panel.node);
  }

  /** Whether the room at a glance is open. */
  get showsRoom() {
    return this._room;
  }

  /** Whether anything lies over the list. */
  get isOpen() {
    return !this._side.hidden;
  }

  /** Open or close the room at a glance. @param {boolean} open */
  room(open) {
    this._room = open;
    this.draw();
    if (open) this._overview.back.focus();
  }

  /** Put the keyboard on the open panel. */
  focus() {
    (this._room ? this._overview : this._panel).back.focus();
  }

  /** Bring what is open up to date. */
  draw() {
    const { chosen, state } = this._view;
    const slot = chosen === null ? -1 : this._fleet.slot(chosen);
    if (chosen === null) this._kept = null;
    else if (slot >= 0) this._kept = this._flight(slot);
    else if (this._kept?.key !== chosen) this._kept = null;
    const flight = this._room || state.many ? null : this._kept; // who selects several wants the list
    show(this._panel.node, flight !== null);
    show(this._overview.node, this._room);
    show(this._side, this._room || flight !== null);
    mark(this._dock, "data-side", this._side.hidden ? null : "");
    if (flight === null) return;
    this._panel.show(flight, this._look, {
      gone: slot < 0,
      follow: state.follow,
      isolate: state.isolate,
      watched: this._watchlist.has(watchOf(flight.key)),
    });
    this._panel.sparkline.show(this._trailOf(flight.key), this._look);
  }

  /** Figures of the room. @param {number|null} listed @param {number|null} here */
  count(listed, here) {
    if (this._room) this._overview.count(listed, profile(this._fleet, this._look.now), here);
  }

  /** @param {number} slot @returns {Flight} */
  _flight(slot) {
    const { _fleet: fleet } = this;
    const key = fleet.key[slot];
    return {
      key,
      record: fleet.row(slot),
      heard: fleet.heardAt[slot],
      changedAt: (name) => {
        const at = fleet.slot(key);
        return at < 0 ? undefined : fleet.changedAt(at, name);
      },
    };
  }
}

/** The filter that watches one flight. @param {string} key */
export function watchOf(key) {
  return key.includes(":") ? `key="${key.replace(/[\\"]/g, "\\$&")}"` : `hex=${key}`;
}
