/** One row of the table on the screen. It is reused for whatever flight stands at its place. */
import { emergency, isMembers, NONE, printable, sender } from "../pure/format.js";
import { staleness } from "../pure/listing.js";
import { colour } from "../pure/ramp.js";
import { el, mark, write } from "./dom.js";

/** @typedef {import("../state/fleet.js").Fleet} Fleet */
/** @typedef {import("../pure/columns.js").Column} Column */
/** @typedef {import("../pure/columns.js").Look} Look */

const GROUND = 1;
const LEVEL = 250; // ft/min below which nobody climbs

export class Row {
  /** @param {Column[]} columns */
  constructor(columns) {
    /** @type {string|null} */
    this.key = null;
    this._columns = columns;
    this._texts = columns.map(() => el("span", { class: "text" }));
    this._tick = el("i", { class: "tick" });
    this._alarm = el("strong", { class: "alarm", hidden: true });
    this._member = el("span", { class: "unseen", hidden: true });
    this._arrow = el("span", { class: "arrow" });
    this._colour = "";
    this.node = el("tr", { role: "row" }, ...columns.map((column, at) => this._cell(column, this._texts[at])));
  }

  /**
   * Show a flight.
   *
   * @param {Fleet} fleet
   * @param {number} slot -1 where the flight is gone: then the row keeps what it shows.
   * @param {Look} look
   * @param {{key: string, index: number, selected: boolean, active: boolean}} at
   */
  show(fleet, slot, look, { key, index, selected, active }) {
    const { node } = this;
    mark(node, "id", `row-${index}`);
    mark(node, "aria-rowindex", String(index + 2));
    mark(node, "aria-selected", String(selected));
    mark(node, "data-active", active ? "" : null);
    if (slot < 0) {
      if (key !== this.key) this._gone(key);
      mark(node, "data-age", "2");
      return;
    }
    this.key = key;
    const record = fleet.record[slot];
    this._columns.forEach((column, at) => {
      const text = column.text(fleet, slot, look) || NONE;
      write(this._texts[at], text);
      this._texts[at].classList.toggle("none", text === NONE);
    });
    this._paint(fleet, slot);
    const word = emergency(record);
    this._warn(word, record);
    const members = isMembers(record);
    this._member.hidden = !members;
    const by = members ? sender(record, look.names) : "";
    write(this._member, by.replace("Sent", ", sent"));
    mark(node, "title", members ? by : null);
    mark(node, "data-key", key);
    mark(node, "data-age", String(staleness(fleet, slot, look.now)));
    mark(node, "data-alarm", word ? "" : null);
    mark(node, "data-member", members ? "" : null);
  }

  /** @param {Column} column @param {HTMLElement} holder */
  _cell(column, holder) {
    const cell = el("td", { role: "gridcell", class: `c-${column.id}${column.figures ? " right" : ""}` });
    if (column.id === "callsign") cell.append(this._tick, holder, this._alarm, this._member);
    else if (column.id === "alt") cell.append(holder, this._arrow);
    else cell.append(holder);
    return cell;
  }

  /** @param {string} key */
  _gone(key) {
    this.key = key;
    for (const holder of this._texts) write(holder, NONE);
    write(this._texts[0], printable(key.slice(key.indexOf(":") + 1), 24).toUpperCase());
    write(this._arrow, "");
    this._alarm.hidden = this._member.hidden = true;
    mark(this.node, "data-key", key);
    mark(this.node, "data-alarm", null);
    mark(this.node, "data-member", null);
  }

  /** @param {string|null} word @param {Record<string, any>} record */
  _warn(word, record) {
    this._alarm.hidden = word === null;
    if (word === null) return;
    const code = printable(record.squawk, 4);
    const short = ["7500", "7600", "7700"].includes(code) ? code : word;
    if (this._alarm.dataset.said === short + word) return;
    this._alarm.dataset.said = short + word;
    this._alarm.title = word;
    this._alarm.replaceChildren(short, ...(short === word ? [] : [el("span", { class: "unseen" }, ` ${word}`)]));
  }

  /** @param {Fleet} fleet @param {number} slot */
  _paint(fleet, slot) {
    const grounded = (fleet.flags[slot] & GROUND) !== 0;
    const feet = fleet.alt[slot];
    const css = colour(Number.isNaN(feet) ? null : feet, grounded);
    if (css !== this._colour) {
      this._colour = css;
      this._tick.style.setProperty("--tick", css);
    }
    const rate = fleet.rate[slot];
    write(this._arrow, grounded || !(Math.abs(rate) >= LEVEL) ? "" : rate > 0 ? "↑" : "↓");
  }
}
