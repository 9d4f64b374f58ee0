/**
 * The live table: as many rows in the document as fit on the screen, however many flights there are.
 *
 * Rows are sorted anew at most every two seconds and never while somebody points at them or moves
 * with the keys; until then new flights wait at the end and gone ones stay, faded.
 */
import { COLUMNS } from "./columns.js";
import { el, icon, mark } from "./dom.js";
import { isListed } from "../pure/listing.js";
import { placeOf, sorted, START, toggled } from "../pure/order.js";
import { Row } from "./row.js";
import { searchFor } from "../pure/search.js";

const SORT_MS = 2000;
const KEYS_HOLD_MS = 3000;
const SPARE = 6; // rows rendered beyond either edge

export class FlightTable {
  /**
   * @param {object} options
   * @param {HTMLTableElement} options.grid
   * @param {HTMLElement} options.scroller
   * @param {(key: string, how: "pointer"|"enter"|"follow") => void} options.onSelect
   * @param {() => void} options.onOrder after the order was changed by a person
   * @param {() => number} options.clock milliseconds
   */
  constructor({ grid, scroller, onSelect, onOrder, clock = () => performance.now() }) {
    this._grid = grid;
    this._scroller = scroller;
    this._onSelect = onSelect;
    this._onOrder = onOrder;
    this._clock = clock;
    this.by = START;
    this.search = searchFor("");
    this.selected = null;
    this.hiddenColumns = [];
    this._active = null;
    this._order = [];
    this._listed = new Set();
    this._fresh = new Set();
    this._gone = new Set();
    this._sortedAt = -Infinity;
    this._pointed = false;
    this._keyedAt = -Infinity;
    this._rows = [];
    this._view = { flights: new Map(), now: 0, offline: false };
    this._build();
    this._listen();
  }

  /** How many flights are listed, the search applied. */
  get count() {
    return this._order.length;
  }

  /** Whether the order stands still because somebody is on it. */
  get held() {
    return this._pointed || this._clock() - this._keyedAt < KEYS_HOLD_MS;
  }

  /** Take note of what a message did; it shows with the next `refresh`. */
  note(applied) {
    if (applied.whole) this._sortedAt = this.held ? this._sortedAt : -Infinity;
    for (const key of applied.removed) {
      if (this._listed.has(key)) this._gone.add(key);
    }
    for (const keys of [applied.added, applied.changed]) {
      for (const key of keys) {
        if (!this._listed.has(key)) this._fresh.add(key);
        this._gone.delete(key);
      }
    }
  }

  /**
   * Bring the screen up to date.
   *
   * @param {Map<string, object>} flights everything the room holds.
   * @param {number} now server time, seconds.
   * @param {boolean} offline whether nothing comes in: then nobody is taken from the list.
   */
  refresh(flights, now, offline) {
    this._view = { flights, now, offline };
    const clock = this._clock();
    if (!this.held && clock - this._sortedAt >= SORT_MS) this._sort(clock);
    else this._patch();
    this.paint();
  }

  /** Sort and search anew at once, because a person asked. */
  resort() {
    this._sort(this._clock());
    this.paint();
  }

  sortBy(column) {
    this.by = toggled(this.by, column);
    this._markSorted();
    this._scroller.scrollTop = 0;
    this.resort();
    this._onOrder();
  }

  /** Draw the rows that are in sight. */
  paint() {
    const { flights, now } = this._view;
    const height = this._rowHeight;
    const room = Math.ceil(this._scroller.clientHeight / height) + 2 * SPARE;
    const first = Math.max(0, Math.min(this._order.length - room, Math.floor(this._scroller.scrollTop / height) - SPARE));
    const shown = Math.min(room, this._order.length - first);
    this._have(shown);
    for (let at = 0; at < shown; at += 1) {
      const old = this._order[first + at];
      const flight = flights.get(old.key) ?? old;
      this._rows[at].show(flight, {
        now,
        index: first + at,
        selected: flight.key === this.selected,
        active: flight.key === this._active,
        gone: this._gone.has(flight.key),
      });
    }
    this._above.style.height = `${first * height}px`;
    this._below.style.height = `${(this._order.length - first - shown) * height}px`;
    mark(this._grid, "aria-rowcount", String(this._order.length + 1));
    this._pointToActive();
  }

  /** Move to a flight and show it. */
  reveal(key) {
    this._active = key;
    const index = this._order.findIndex((flight) => flight.key === key);
    if (index >= 0) this._scrollTo(index);
    this.paint();
  }

  focus() {
    this._grid.focus({ preventScroll: true });
  }

  _sort(clock) {
    const { flights, now, offline } = this._view;
    const wanted = [];
    for (const flight of flights.values()) {
      if ((offline || isListed(flight, now)) && this.search.finds(flight)) wanted.push(flight);
    }
    this._order = sorted(wanted, this.by, now);
    this._listed = new Set(this._order.map((flight) => flight.key));
    this._fresh.clear();
    this._gone.clear();
    this._sortedAt = clock;
    this._hideEmptyColumns();
  }

  /** Between two sorts: put new flights in and take gone ones out, without moving anybody else. */
  _patch() {
    const { flights, now } = this._view;
    const held = this.held;
    if (this._gone.size && !held) {
      this._order = this._order.filter((flight) => !this._gone.has(flight.key));
      for (const key of this._gone) this._listed.delete(key);
      this._gone.clear();
    }
    for (const key of this._fresh) {
      const flight = flights.get(key);
      if (!flight || this._listed.has(key) || !isListed(flight, now) || !this.search.finds(flight)) continue;
      if (held) this._order.push(flight);
      else this._order.splice(placeOf(flight, this._order, this.by, now), 0, flight);
      this._listed.add(key);
    }
    this._fresh.clear();
  }

  _hideEmptyColumns() {
    const { now } = this._view;
    const empty = COLUMNS.filter((column) => column.optional && !this._order.some((flight) => column.text(flight, now)));
    this.hiddenColumns = this._order.length ? empty : [];
    for (const column of COLUMNS) this._grid.classList.toggle(`no-${column.id}`, this.hiddenColumns.includes(column));
  }

  // ---- the document ----

  _build() {
    this._heads = new Map();
    const cells = COLUMNS.map((column) => {
      const unit = column.unit ? [el("span", { class: "unit" }, column.unit)] : [];
      const button = el("button", { type: "button", title: column.title, onclick: () => this.sortBy(column.id) }, el("span", {}, column.label), ...unit, icon("sort"));
      const cell = el("th", { role: "columnheader", scope: "col", class: `c-${column.id}` }, button);
      this._heads.set(column.id, cell);
      return cell;
    });
    const gap = () => el("tr", { class: "gap", "aria-hidden": "true" }, el("td", {}));
    this._above = gap();
    this._below = gap();
    this._body = el("tbody", { role: "rowgroup" }, this._above, this._below);
    this._grid.replaceChildren(el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, ...cells)), this._body);
    mark(this._grid, "aria-colcount", String(COLUMNS.length));
    this._markSorted();
    this._measure();
  }

  _markSorted() {
    for (const [id, cell] of this._heads) {
      mark(cell, "aria-sort", id !== this.by.column ? "none" : this.by.descending ? "descending" : "ascending");
    }
  }

  _measure() {
    this._rowHeight = Number.parseFloat(getComputedStyle(this._scroller).getPropertyValue("--row")) || 28;
  }

  _have(amount) {
    while (this._rows.length < amount) {
      const row = new Row();
      this._rows.push(row);
      this._below.before(row.node);
    }
    while (this._rows.length > amount) this._rows.pop().node.remove();
  }

  _pointToActive() {
    const row = this._active === null ? undefined : this._rows.find((each) => each.key === this._active);
    mark(this._grid, "aria-activedescendant", row ? row.node.id : null);
  }

  _scrollTo(index) {
    const head = this._grid.tHead.offsetHeight;
    const top = index * this._rowHeight;
    const { scrollTop, clientHeight } = this._scroller;
    if (top < scrollTop) this._scroller.scrollTop = top;
    else if (top + this._rowHeight > scrollTop + clientHeight - head) this._scroller.scrollTop = top + this._rowHeight - clientHeight + head;
  }

  // ---- people ----

  _listen() {
    this._scroller.addEventListener("scroll", () => requestAnimationFrame(() => this.paint()), { passive: true });
    new ResizeObserver(() => {
      this._measure();
      this.paint();
    }).observe(this._scroller);
    this._body.addEventListener("pointerenter", () => (this._pointed = true));
    this._body.addEventListener("pointerleave", () => (this._pointed = false));
    this._body.addEventListener("pointercancel", () => (this._pointed = false));
    this._body.addEventListener("click", (event) => {
      const key = event.target.closest("tr")?.dataset.key;
      if (key) this._choose(key, "pointer");
    });
    this._grid.addEventListener("keydown", (event) => this._key(event));
    this._grid.addEventListener("focus", () => {
      if (this._active === null && this._order.length) this._active = this.selected ?? this._order[0].key;
      this.paint();
    });
  }

  _choose(key, how) {
    this._active = key;
    this._onSelect(key, how);
    this.paint();
  }

  _key(event) {
    if (event.target !== this._grid || event.altKey || event.ctrlKey || event.metaKey) return;
    const page = Math.max(1, Math.floor(this._scroller.clientHeight / this._rowHeight) - 2);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (event.key in steps) this._step(steps[event.key]);
    else if ((event.key === "Enter" || event.key === " ") && this._active !== null) this._choose(this._active, "enter");
    else return;
    event.preventDefault();
  }

  _step(by) {
    if (!this._order.length) return;
    this._keyedAt = this._clock();
    const at = this._order.findIndex((flight) => flight.key === this._active);
    const to = Math.max(0, Math.min(this._order.length - 1, (at < 0 ? -1 : at) + by));
    this.reveal(this._order[to].key);
    if (this.selected !== null) this._choose(this._active, "follow");
  }
}
