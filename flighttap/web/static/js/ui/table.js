/**
 * The live table: as many rows in the document as fit on the screen, however many flights there are.
 *
 * Rows are sorted anew at most every two seconds and never while somebody points at them or moves
 * with the keys; until then new flights wait at the end and gone ones stay, faded. Between sorts the
 * order is a list of keys, for slots change hands.
 */
import { chosen } from "../pure/columns.js";
import { isListed } from "../pure/listing.js";
import { comparing, inForce, placeOf, sorted, toggled } from "../pure/order.js";
import { el, icon, mark } from "./dom.js";
import { Row } from "./row.js";

/** @typedef {import("../pure/columns.js").Column} Column */

const SORT_MS = 2000;
const KEYS_HOLD_MS = 3000;
const SPARE = 6; // rows rendered beyond either edge
const FEW = 100; // new flights that find their places at once; more wait for the next sort
const ALWAYS = new Set(["callsign", "alt", "gs"]);

export class FlightTable {
  /**
   * @param {object} options
   * @param {HTMLTableElement} options.grid
   * @param {HTMLElement} options.scroller
   * @param {import("../state/fleet.js").Fleet} options.fleet
   * @param {import("../state/view.js").View} options.view
   * @param {import("../pure/columns.js").Look} options.look
   * @param {(slot: number) => boolean} options.inSight whether a flight is on the map.
   * @param {(key: string, how: "pointer"|"enter", add: boolean) => void} options.onSelect
   * @param {() => number} [options.clock] milliseconds
   */
  constructor({ grid, scroller, fleet, view, look, inSight, onSelect, clock = () => performance.now() }) {
    this._grid = grid;
    this._scroller = scroller;
    this._fleet = fleet;
    this._view = view;
    this._look = look;
    this._inSight = inSight;
    this._onSelect = onSelect;
    this._clock = clock;
    /** @type {Column[]} chosen columns that nobody here fills. */
    this.hiddenColumns = [];
    /** @type {Column[]} */
    this._columns = [];
    /** @type {string|null} */
    this._active = null;
    /** @type {string[]} */
    this._order = [];
    this._listed = new Set();
    this._fresh = new Set();
    this._gone = new Set();
    this._sortedAt = -Infinity;
    this._pointed = false;
    this._keyedAt = -Infinity;
    this._offline = false;
    /** @type {Row[]} */
    this._rows = [];
    this._heads = new Map();
    this._rowHeight = 28;
    const gap = () => el("tr", { class: "gap", "aria-hidden": "true" }, el("td", {}));
    this._above = gap();
    this._below = gap();
    this._body = el("tbody", { role: "rowgroup" }, this._above, this._below);
    this._build(chosen(view.state.columns));
    this._listen();
    view.on(["columns", "units"], () => {
      this._build(this._filled());
      this.resort();
    });
    view.on(["sort"], () => {
      this._markSorted();
      scroller.scrollTop = 0;
      this.resort();
    });
  }

  /** How many flights are listed, the filters applied. */
  get count() {
    return this._order.length;
  }

  /** The key of the first flight in the list. */
  get first() {
    return this._order[0] ?? null;
  }

  /** The order in force. */
  get by() {
    return inForce(this._view.state.sort, this._look);
  }

  /** Whether the order stands still because somebody is on it. */
  get held() {
    return this._pointed || this._clock() - this._keyedAt < KEYS_HOLD_MS;
  }

  /** The keys of the rows on the screen. */
  get inRows() {
    return this._rows.map((row) => row.key);
  }

  /** Take note of what a message did; it shows with the next `refresh`. @param {import("../state/fleet.js").Applied} applied */
  note(applied) {
    if (applied.whole) {
      if (!this.held) this._sortedAt = -Infinity;
      return;
    }
    for (const key of applied.removed) if (this._listed.has(key)) this._gone.add(key);
    for (const key of applied.added) {
      if (!this._listed.has(key)) this._fresh.add(key);
      this._gone.delete(key);
    }
    if (applied.touched.length <= FEW) {
      for (const key of applied.changed) if (!this._listed.has(key)) this._fresh.add(key);
    }
  }

  /** Bring the screen up to date. @param {boolean} offline whether nothing comes in: then nobody is taken from the list. */
  refresh(offline) {
    this._offline = offline;
    const clock = this._clock();
    if (!this.held && clock - this._sortedAt >= SORT_MS) this._sort(clock);
    else this._patch();
    this.paint();
  }

  /** Sort and filter anew at once, because a person asked. */
  resort() {
    this._sort(this._clock());
    this.paint();
  }

  /** @param {string} column */
  sortBy(column) {
    this._view.set({ sort: toggled(this.by, column) });
  }

  /** Draw the rows that are in sight. */
  paint() {
    const height = this._rowHeight;
    const room = Math.ceil(this._scroller.clientHeight / height) + 2 * SPARE;
    const first = Math.max(
      0,
      Math.min(this._order.length - room, Math.floor(this._scroller.scrollTop / height) - SPARE),
    );
    const shown = Math.min(room, this._order.length - first);
    this._have(shown);
    const selected = new Set(this._view.state.selected);
    for (let at = 0; at < shown; at += 1) {
      const key = this._order[first + at];
      this._rows[at].show(this._fleet, this._fleet.slot(key), this._look, {
        key,
        index: first + at,
        selected: selected.has(key),
        active: key === this._active,
      });
    }
    this._above.style.height = `${first * height}px`;
    this._below.style.height = `${(this._order.length - first - shown) * height}px`;
    mark(this._grid, "aria-rowcount", String(this._order.length + 1));
    this._pointToActive();
  }

  /** Move to a flight and show it. @param {string} key */
  reveal(key) {
    this._active = key;
    const index = this._order.indexOf(key);
    if (index >= 0) this._scrollTo(index);
    this.paint();
  }

  focus() {
    this._grid.focus({ preventScroll: true });
  }

  /** @param {number} slot */
  _belongs(slot) {
    const { _fleet: fleet, _look: look } = this;
    if (fleet.shown[slot] === 0) return false;
    if (!this._offline && !isListed(fleet, slot, look.now)) return false;
    return !this._view.state.inView || this._inSight(slot);
  }

  /** @param {number} clock */
  _sort(clock) {
    const { _fleet: fleet } = this;
    const slots = [];
    for (let slot = 0; slot < fleet.count; slot += 1) if (this._belongs(slot)) slots.push(slot);
    this._order = sorted(fleet, slots, this.by, this._look).map((slot) => fleet.key[slot]);
    this._listed = new Set(this._order);
    this._fresh.clear();
    this._gone.clear();
    this._sortedAt = clock;
    const filled = this._filled();
    if (filled.length !== this._columns.length || filled.some((column, at) => column !== this._columns[at]))
      this._build(filled);
    this._markSorted();
  }

  /** Between two sorts: put new flights in and take gone ones out, without moving anybody else. */
  _patch() {
    const { _fleet: fleet } = this;
    const held = this.held;
    if (this._gone.size && !held) {
      this._order = this._order.filter((key) => !this._gone.has(key));
      for (const key of this._gone) this._listed.delete(key);
      this._gone.clear();
    }
    if (this._fresh.size === 0 || this._fresh.size > FEW) return;
    const compare = comparing(fleet, this.by, this._look);
    const slots = held ? [] : this._order.map((key) => fleet.slot(key));
    for (const key of this._fresh) {
      const slot = fleet.slot(key);
      if (slot < 0 || this._listed.has(key) || !this._belongs(slot)) continue;
      const place = held ? this._order.length : placeOf(slot, slots, compare);
      this._order.splice(place, 0, key);
      slots.splice(place, 0, slot);
      this._listed.add(key);
    }
    this._fresh.clear();
  }

  /** The chosen columns that have data; notes the others. */
  _filled() {
    const { _fleet: fleet, _look: look } = this;
    const wanted = chosen(this._view.state.columns);
    if (this._order.length === 0) {
      this.hiddenColumns = [];
      return wanted;
    }
    const slots = this._order.map((key) => fleet.slot(key)).filter((slot) => slot >= 0);
    const has = (/** @type {Column} */ column) =>
      ALWAYS.has(column.id) || slots.some((slot) => column.text(fleet, slot, look) !== "");
    const filled = wanted.filter(has);
    this.hiddenColumns = wanted.filter((column) => !filled.includes(column));
    return filled;
  }

  // ---- the document ----

  /** @param {Column[]} columns */
  _build(columns) {
    this._columns = columns;
    this._heads.clear();
    const cells = columns.map((column) => this._head(column));
    const widths = columns.map((column) => {
      const col = document.createElement("col");
      col.style.width = `${column.width}px`;
      return col;
    });
    widths[0].style.width = ""; // the name takes what is left
    this._grid.style.width = `max(100%, ${columns.reduce((sum, column) => sum + column.width, 0)}px)`;
    for (const row of this._rows.splice(0)) row.node.remove();
    const head = el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, ...cells));
    this._grid.replaceChildren(el("colgroup", {}, ...widths), head, this._body);
    mark(this._grid, "aria-colcount", String(columns.length));
    this._markSorted();
    this._measure();
  }

  /** @param {Column} column */
  _head(column) {
    const unit = column.unit?.(this._look) ?? "";
    const words = [column.label, unit && column.label ? el("span", { class: "unit" }, unit) : unit].filter(Boolean);
    const name = column.label ? null : `${column.title}, ${unit}`;
    const button = el(
      "button",
      { type: "button", title: column.title, "aria-label": name, onclick: () => this.sortBy(column.id) },
      ...words.map((word) => (typeof word === "string" ? el("span", {}, word) : word)),
      icon("sort"),
    );
    const side = column.figures ? " right" : "";
    const cell = el("th", { role: "columnheader", scope: "col", class: `c-${column.id}${side}` }, button);
    this._heads.set(column.id, cell);
    return cell;
  }

  _markSorted() {
    const { column, descending } = this.by;
    for (const [id, cell] of this._heads) {
      mark(cell, "aria-sort", id !== column ? "none" : descending ? "descending" : "ascending");
    }
  }

  _measure() {
    this._rowHeight = Number.parseFloat(getComputedStyle(this._scroller).getPropertyValue("--row")) || 28;
  }

  /** @param {number} amount */
  _have(amount) {
    while (this._rows.length < amount) {
      const row = new Row(this._columns);
      this._rows.push(row);
      this._below.before(row.node);
    }
    for (const row of this._rows.splice(amount)) row.node.remove();
  }

  _pointToActive() {
    const row = this._active === null ? undefined : this._rows.find((each) => each.key === this._active);
    mark(this._grid, "aria-activedescendant", row ? row.node.id : null);
  }

  /** @param {number} index */
  _scrollTo(index) {
    const head = this._grid.tHead?.offsetHeight ?? 0;
    const top = index * this._rowHeight;
    const { scrollTop, clientHeight } = this._scroller;
    if (top < scrollTop) this._scroller.scrollTop = top;
    else if (top + this._rowHeight > scrollTop + clientHeight - head) {
      this._scroller.scrollTop = top + this._rowHeight - clientHeight + head;
    }
  }

  // ---- people ----

  _listen() {
    this._scroller.addEventListener("scroll", () => requestAnimationFrame(() => this.paint()), { passive: true });
    new ResizeObserver(() => {
      this._measure();
      this.paint();
    }).observe(this._scroller);
    this._body.addEventListener("pointerenter", (event) => {
      this._pointed = event.pointerType === "mouse";
    });
    for (const name of ["pointerleave", "pointercancel"]) {
      this._body.addEventListener(name, () => {
        this._pointed = false;
      });
    }
    this._body.addEventListener("click", (event) => {
      const key = /** @type {Element} */ (event.target).closest("tr")?.dataset.key;
      if (key) this._choose(key, "pointer", event.shiftKey || event.ctrlKey || event.metaKey);
    });
    this._grid.addEventListener("keydown", (event) => this._key(event));
    this._grid.addEventListener("focus", () => {
      if (this._active === null && this._order.length) this._active = this._view.chosen ?? this._order[0];
      this.paint();
    });
  }

  /** @param {string} key @param {"pointer"|"enter"} how @param {boolean} [add] */
  _choose(key, how, add = false) {
    this._active = key;
    this._onSelect(key, how, add);
    this.paint();
  }

  /** @param {KeyboardEvent} event */
  _key(event) {
    if (event.target !== this._grid || event.altKey || event.metaKey) return;
    const page = Math.max(1, Math.floor(this._scroller.clientHeight / this._rowHeight) - 2);
    /** @type {Record<string, number>} */
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (event.key in steps && !event.ctrlKey) this._step(steps[event.key]);
    else if ((event.key === "Enter" || event.key === " ") && this._active !== null) {
      this._choose(this._active, "enter", event.shiftKey || event.ctrlKey);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {number} by */
  _step(by) {
    if (!this._order.length) return;
    this._keyedAt = this._clock();
    const at = this._active === null ? -1 : this._order.indexOf(this._active);
    const to = Math.max(0, Math.min(this._order.length - 1, at + by));
    this.reveal(this._order[to]);
  }
}
