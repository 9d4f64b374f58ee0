/**
 * The one custom layer of the map: every aircraft, every trail, the rings around them.
 *
 * A frame costs the same on the CPU however many aircraft there are: records lie on the GPU and are
 * written there only for what a message or a person changed. It owns no flight and no selection; map.js
 * tells it what happened.
 */
import { Instances, STRIDE } from "./instances.js";
import { Painter } from "./painter.js";
import { mercatorX, mercatorY } from "./reckon.js";
import { Legs } from "./trailmesh.js";

const TRAILS_ZOOM = 7; // from which the trails of flights that are not selected are drawn
const TRAILS_FEW_ZOOM = 5.5; // where there is no crowd
const RECENT_S = 180;
const LAID_S = 1; // at most so often are legs laid out anew
const MOST_LEGS = 60000;
const GAP = 32; // records between two that changed which are uploaded with them
const REBASE_S = 3600;
const EVER = -1e9;

/** @typedef {{table: Uint8Array, halo: import("./painter.js").Rgb, ring: import("./painter.js").Rgb}} Look the table is colours.js's */
/** @typedef {import("./instances.js").Reckoning} Reckoning */

export class AircraftLayer {
  /**
   * @param {import("../state/fleet.js").Fleet} fleet
   * @param {import("../state/trails.js").Trails} trails
   * @param {() => number} now server seconds
   */
  constructor(fleet, trails, now) {
    this.id = "aircraft";
    this.type = /** @type {const} */ ("custom");
    this.renderingMode = /** @type {const} */ ("2d");
    this.instances = new Instances(fleet, trails);
    this._fleet = fleet;
    this._trails = trails;
    this._now = now;
    /** @type {Reckoning} */
    this.reckoning = { reckoned: true, eased: true };
    this.dots = false;
    /** Whether so many are on the screen that what is drawn of each has to be little. */
    this.crowded = false;
    /** @type {"recent"|"all"|"off"} */
    this.trailing = "recent";
    /** Whether the trail of a slot may be drawn. @type {(slot: number) => boolean} */
    this.inView = () => true;
    /** @type {Look|null} */
    this._look = null;
    this._marks = new Uint8Array(256);
    this._from = 0; // of the marks, up to _to
    this._to = 0;
    this._topChanged = true;
    /** @type {Set<number>} slots that are drawn once more, on top of all others */
    this._standing = new Set();
    this._legs = new Legs();
    this._own = new Legs(); // of the selected
    this._laidFor = ""; // what the legs were laid out for
    this._laidAt = Number.NEGATIVE_INFINITY;
    /** What the last frame was drawn with. @type {import("./projection.js").Frame} */
    this.frame = { now: 0, matrix: new Array(16).fill(0), x: 0.5, y: 0.5, width: 0, height: 0, zoom: 0 };
    /** @type {import("maplibre-gl").Map|null} */
    this._map = null;
    /** @type {Painter|null} */
    this._painter = null;
  }

  // ---- what happened ----

  /**
   * A message was applied.
   *
   * @param {import("../state/fleet.js").Applied} applied
   * @param {(slot: number) => boolean} [sees] whether a slot is on the screen
   * @returns {number} the greatest correction on the screen that is eased now, world units
   */
  follow(applied, sees) {
    const { instances } = this;
    const now = this._now();
    if (instances.epoch === 0) instances.epoch = now;
    if (now - instances.epoch > REBASE_S || now < instances.epoch) this._rebase(now);
    const most = instances.follow(applied, now, sees);
    const { touched, moves } = applied;
    if (this._marks.length < this._fleet.count) this._grow();
    for (const [, to] of moves) this._mark(to);
    for (let index = 0; index < touched.length; index += 1) this._mark(touched[index]);
    this._topChanged ||= moves.length > 0;
    return most;
  }

  /** Selection, hovering or filters changed: all aircraft are dressed anew. */
  dress() {
    for (let slot = 0; slot < this._fleet.count; slot += 1) {
      this.instances.dress(slot);
      this._mark(slot);
    }
    this._topChanged = true;
    this._laidFor = "";
  }

  /** One aircraft looks different. @param {number} slot */
  dressOne(slot) {
    if (slot < 0) return;
    this.instances.dress(slot);
    this._mark(slot);
    this._topChanged = true;
  }

  /** Whether trails of flights that are not selected are drawn. */
  get trailed() {
    return this._legs.count > 0;
  }

  /** Another theme. @param {Look} look */
  paint(look) {
    this._look = look;
    this._painter?.colour(look.table);
  }

  // ---- what MapLibre calls ----

  /** @param {import("maplibre-gl").Map} map @param {WebGL2RenderingContext} gl */
  onAdd(map, gl) {
    this._map = map;
    this._painter = new Painter(gl);
    if (this._look) this._painter.colour(this._look.table);
    this._grow();
    this.dress();
  }

  onRemove() {
    this._painter?.delete();
    this._painter = null;
  }

  /** @param {WebGL2RenderingContext} gl @param {import("maplibre-gl").CustomRenderMethodInput} input */
  render(gl, input) {
    const map = this._map;
    const painter = this._painter;
    if (!this._look || !map || !painter) return;
    this._upload(painter);
    const middle = this._aim(gl, map, input.defaultProjectionData.mainMatrix);
    const selected = this.instances.selected.size > 0;
    const others = this.trailing !== "off" && this.frame.zoom >= (this.crowded ? TRAILS_ZOOM : TRAILS_FEW_ZOOM);
    if (others || selected) this._layOut(painter, others);
    const { frame, reckoning, dots } = this;
    const { halo, ring } = this._look;
    const ratio = frame.width / Math.max(1, map.getCanvas().clientWidth);
    const since = others ? this._since() : null;
    painter.draw({ frame, ratio, middle, epoch: this.instances.epoch, reckoning, dots, selected, halo, ring, since });
  }

  // ---- inside ----

  /** @param {number} slot */
  _mark(slot) {
    if (slot >= this._marks.length) return;
    this._marks[slot] = 1;
    if (this._from === this._to) [this._from, this._to] = [slot, slot + 1];
    else if (slot < this._from) this._from = slot;
    else if (slot >= this._to) this._to = slot + 1;
    if (this._topChanged) return;
    this._topChanged =
      (this._standing.size > 0 && this._standing.has(slot)) ||
      (slot < this._fleet.count && this.instances.stands(slot));
  }

  _grow() {
    const marks = new Uint8Array(Math.max(this._marks.length, this._fleet.count * 2));
    marks.set(this._marks);
    this._marks = marks;
  }

  /** @param {number} now */
  _rebase(now) {
    this.instances.rebase(now);
    for (let slot = 0; slot < this._fleet.count; slot += 1) this._mark(slot);
    this._topChanged = true;
  }

  /** Bring the GPU's records up to date: only what changed, in few ranges. @param {Painter} painter */
  _upload({ records, top }) {
    const { bytes } = this.instances;
    const count = this._fleet.count;
    if (!records.holds(count)) {
      records.set(bytes);
      this._marks.fill(0, this._from, this._to);
    } else {
      const to = Math.min(this._to, count);
      let at = this._from;
      while (at < to) {
        if (!this._marks[at]) {
          at += 1;
          continue;
        }
        const start = at;
        let end = at + 1;
        for (at += 1; at < to && at < end + GAP; at += 1) if (this._marks[at]) end = at + 1;
        records.patch(bytes, start, end);
        at = Math.max(at, end);
      }
      this._marks.fill(0, this._from, this._to);
      records.count = count;
    }
    this._from = this._to = 0;
    if (!this._topChanged) return;
    this._topChanged = false;
    this._standing.clear();
    for (let slot = 0; slot < count; slot += 1) if (this.instances.stands(slot)) this._standing.add(slot);
    const standing = new Uint8Array(this._standing.size * STRIDE);
    let at = 0;
    for (const slot of this._standing) standing.set(bytes.subarray(slot * STRIDE, (slot + 1) * STRIDE), STRIDE * at++);
    top.set(standing);
  }

  /** Take everything from the middle of the map from here on. @param {WebGL2RenderingContext} gl @param {import("maplibre-gl").Map} map @param {ArrayLike<number>} main @returns {[number, number]} the middle, 1e-7 degrees */
  _aim(gl, map, main) {
    const { lng, lat } = map.getCenter();
    const lon = ((((lng + 180) % 360) + 360) % 360) - 180;
    /** @type {[number, number]} */
    const middle = [Math.round(lon * 1e7), Math.round(lat * 1e7)];
    const x = mercatorX(lng - lon + middle[0] / 1e7); // in the copy of the world that the map is in
    const y = mercatorY(middle[1] / 1e7);
    const { matrix } = this.frame;
    for (let index = 0; index < 12; index += 1) matrix[index] = main[index];
    for (let row = 0; row < 4; row += 1) matrix[12 + row] = main[row] * x + main[4 + row] * y + main[12 + row];
    const { drawingBufferWidth: width, drawingBufferHeight: height } = gl;
    Object.assign(this.frame, { now: this._now(), x, y, width, height, zoom: map.getZoom() });
    return middle;
  }

  /** Trails of others are drawn from here on, 0.1 s as their times. */
  _since() {
    return this.trailing === "all" ? EVER : (this.frame.now - this._trails.epoch - RECENT_S) * 10;
  }

  /** Lay the legs out anew where a point was kept since, at most once a second. @param {Painter} painter @param {boolean} others */
  _layOut(painter, others) {
    const fleet = this._fleet;
    const trails = this._trails;
    const { selected } = this.instances;
    const wanted = `${trails.version} ${others} ${this.trailing}`;
    const rested = Math.abs(this.frame.now - this._laidAt) >= LAID_S;
    if (wanted === this._laidFor || (this._laidFor !== "" && !rested)) return;
    this._laidFor = wanted;
    this._laidAt = this.frame.now;
    this._own.clear();
    this._legs.clear();
    for (const key of selected) {
      const trail = trails.of(fleet.slot(key));
      if (trail) this._own.add(trail, EVER, MOST_LEGS);
    }
    for (let slot = 0; others && slot < fleet.count; slot += 1) {
      if (!fleet.shown[slot] || !this.inView(slot) || selected.has(fleet.key[slot])) continue;
      const trail = trails.of(slot);
      if (trail && !this._legs.add(trail, this._since(), MOST_LEGS)) break;
    }
    painter.legs.set(this._legs.bytes);
    painter.own.set(this._own.bytes);
  }
}
