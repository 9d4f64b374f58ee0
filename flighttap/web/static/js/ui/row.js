/** One row of the table on the screen. It is reused for whatever flight stands at its place. */
import { COLUMNS } from "./columns.js";
import { el, icon, mark, write } from "./dom.js";
import { altitudeFeet, emergency, isMembers, NONE, number, onGround, trend } from "../pure/format.js";
import { staleness } from "../pure/listing.js";
import { colour } from "../pure/ramp.js";

const ARROWS = { "-1": "↓", 0: "", 1: "↑" };

export class Row {
  constructor() {
    this.key = null;
    this._texts = new Map();
    this._tick = el("i", { class: "tick" });
    this._alarm = el("strong", { class: "alarm", hidden: true });
    this._member = el("span", { class: "tag member", title: "Sent by a member of the room", hidden: true }, el("span", { class: "unseen" }, "sent by a "), "member");
    this._arrow = el("span", { class: "arrow" });
    this._needle = icon("heading");
    this._needle.classList.add("needle");
    this.node = el("tr", { role: "row" }, ...COLUMNS.map((column) => this._cell(column)));
    this._colour = "";
    this._turn = null;
  }

  /**
   * Show a flight.
   *
   * @param {object} flight
   * @param {object} at `now` (server seconds), `index` (its place, from 0), `selected`, `active`, `gone`.
   */
  show(flight, { now, index, selected, active, gone }) {
    const { record } = flight;
    this.key = flight.key;
    for (const column of COLUMNS) write(this._texts.get(column.id), column.text(flight, now) || NONE);
    for (const id of ["reg", "type", "squawk", "hex"]) this._empty(id);
    this._paint(record);
    const alarm = emergency(record);
    if (this._alarm.hidden !== !alarm) this._alarm.hidden = !alarm;
    write(this._alarm, alarm ?? "");
    this._member.hidden = !isMembers(record);
    const node = this.node;
    mark(node, "id", `row-${index}`);
    mark(node, "aria-rowindex", String(index + 2));
    mark(node, "aria-selected", String(selected));
    mark(node, "data-key", flight.key);
    mark(node, "data-active", active ? "" : null);
    mark(node, "data-age", gone ? "2" : String(staleness(flight, now)));
    mark(node, "data-alarm", alarm ? "" : null);
    mark(node, "data-member", isMembers(record) ? "" : null);
  }

  _cell(column) {
    const text = document.createTextNode("");
    const holder = el("span", { class: "text" }, text);
    this._texts.set(column.id, holder);
    const cell = el("td", { role: "gridcell", class: `c-${column.id}` });
    if (column.id === "callsign") cell.append(this._tick, holder, this._alarm, this._member);
    else if (column.id === "alt") cell.append(holder, this._arrow);
    else if (column.id === "track") cell.append(this._needle, holder);
    else cell.append(holder);
    return cell;
  }

  _empty(id) {
    const holder = this._texts.get(id);
    holder.classList.toggle("none", holder.textContent === NONE);
  }

  _paint(record) {
    const css = colour(altitudeFeet(record), onGround(record));
    if (css !== this._colour) {
      this._colour = css;
      this._tick.style.setProperty("--tick", css);
    }
    write(this._arrow, ARROWS[trend(record)]);
    const turn = number(record.track);
    if (turn === this._turn) return;
    this._turn = turn;
    this._needle.classList.toggle("unknown", turn === null);
    this._needle.style.transform = turn === null ? "" : `rotate(${turn}deg)`;
  }
}
