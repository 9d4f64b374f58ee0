/**
 * The one custom layer of the map: every aircraft, every trail, the rings around them.
 *
 * A frame costs the same on the CPU however many aircraft there are: records lie on the GPU and are
 * written there only for what a message or a person changed. It owns no flight and no selection; map.js
 * tells it what happened.
 */
import { SCALES } from "../pure/shapes.js";
import { atlas } from "./icons.js";
import { Instances, LAYOUT, SELECTED, SHOWN, STRIDE, TRAILED } from "./instances.js";
import { iconSize } from "./pace.js";
import { Program, Records, texture } from "./program.js";
import { mercatorX, mercatorY } from "./reckon.js";
import { AIRCRAFT, ATTRIBUTES, HEADS, LEGS } from "./shaders.js";
import { LEG, Legs } from "./trailmesh.js";

/** Zoom from which the trails of flights that are not selected are drawn. */
export const TRAILS_ZOOM = 7;
const RECENT_S = 180;
const MOST_LEGS = 60000;
const GAP = 32; // records between two that changed which are uploaded with them
const REBASE_S = 3600;

/**
 * @typedef {object} Look
 * @property {Uint8Array} table colours.js
 * @property {[number, number, number]} halo 0 to 255, as the next
 * @property {[number, number, number]} ring
 */

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
    /** @type {"recent"|"all"|"off"} */
    this.trailing = "recent";
    /** Aircraft whose trails may be drawn: those in view. @type {(slot: number) => boolean} */
    this.inView = () => true;
    /** @type {Look|null} */
    this._look = null;
    this._marks = new Uint8Array(256);
    this._from = 0;
    this._to = 0;
    this._topChanged = true;
    /** @type {Set<number>} slots that are drawn once more, on top of all others */
    this._standing = new Set();
    this._legs = new Legs();
    this._own = new Legs(); // of the selected
    this._legsFor = "";
    this._legsAt = Number.NEGATIVE_INFINITY;
    /** What the last frame was drawn with. */
    this.frame = {
      now: 0,
      matrix: /** @type {number[]} */ (new Array(16).fill(0)),
      x: 0.5,
      y: 0.5,
      width: 0,
      height: 0,
      zoom: 0,
    };
    /** @type {import("maplibre-gl").Map|null} */
    this._map = null;
    /** @type {WebGL2RenderingContext|null} */
    this._gl = null;
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
    for (const slot of touched) this._mark(slot);
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
    this._legsFor = "";
  }

  /** One aircraft looks different. @param {number} slot */
  dressOne(slot) {
    if (slot < 0) return;
    this.instances.dress(slot);
    this._mark(slot);
    this._topChanged = true;
  }

  /** Another theme. @param {Look} look */
  paint(look) {
    this._look = look;
    if (this._gl) this._colour(this._gl);
  }

  // ---- what MapLibre calls ----

  /** @param {import("maplibre-gl").Map} map @param {WebGL2RenderingContext} gl */
  onAdd(map, gl) {
    this._map = map;
    this._gl = gl;
    this._aircraft = new Program(gl, AIRCRAFT, ATTRIBUTES);
    this._line = new Program(gl, LEGS, ATTRIBUTES);
    this._head = new Program(gl, HEADS, ATTRIBUTES);
    this._records = new Records(gl, STRIDE, partsOf(gl));
    this._top = new Records(gl, STRIDE, partsOf(gl));
    this._legRecords = new Records(gl, LEG, legParts(gl));
    this._ownRecords = new Records(gl, LEG, legParts(gl));
    const { data, size } = atlas();
    this._icons = texture(gl, gl.LINEAR);
    plain(gl);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R8, size, size, 0, gl.RED, gl.UNSIGNED_BYTE, data);
    this._colours = texture(gl, gl.NEAREST);
    if (this._look) this._colour(gl);
    this._grow();
    this.dress();
  }

  onRemove() {
    const gl = this._gl;
    this._gl = null;
    if (!gl) return;
    for (const each of [this._aircraft, this._line, this._head]) each.delete();
    for (const each of [this._records, this._top, this._legRecords, this._ownRecords]) each.delete();
    for (const each of [this._icons, this._colours]) gl.deleteTexture(each);
  }

  /** @param {WebGL2RenderingContext} gl @param {import("maplibre-gl").CustomRenderMethodInput} input */
  render(gl, input) {
    if (!this._look) return;
    this._upload();
    this._aim(gl, input.defaultProjectionData.mainMatrix);
    gl.disable(gl.DEPTH_TEST);
    gl.disable(gl.STENCIL_TEST);
    gl.disable(gl.CULL_FACE);
    gl.enable(gl.BLEND);
    gl.blendEquation(gl.FUNC_ADD);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this._icons);
    gl.activeTexture(gl.TEXTURE1);
    gl.bindTexture(gl.TEXTURE_2D, this._colours);
    const worlds = this._worlds();
    this._drawTrails(gl, worlds);
    this._drawAircraft(gl, worlds);
    gl.bindVertexArray(null);
  }

  // ---- inside ----

  /** @param {WebGL2RenderingContext} gl */
  _colour(gl) {
    gl.bindTexture(gl.TEXTURE_2D, this._colours);
    plain(gl);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, 256, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, this._look.table);
  }

  /** @param {number} slot */
  _mark(slot) {
    if (slot >= this._marks.length) return;
    this._marks[slot] = 1;
    if (this._from === this._to) [this._from, this._to] = [slot, slot + 1];
    else if (slot < this._from) this._from = slot;
    else if (slot >= this._to) this._to = slot + 1;
    this._topChanged ||= this._standing.has(slot) || (slot < this._fleet.count && this.instances.stands(slot));
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

  /** Bring the GPU's records up to date: only what changed, in few ranges. */
  _upload() {
    const { bytes } = this.instances;
    const count = this._fleet.count;
    if (!this._records.holds(count)) {
      this._records.set(bytes);
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
        this._records.patch(bytes, start, end);
        at = Math.max(at, end);
      }
      this._marks.fill(0, this._from, this._to);
      this._records.count = count;
    }
    this._from = this._to = 0;
    if (!this._topChanged) return;
    this._topChanged = false;
    this._standing.clear();
    for (let slot = 0; slot < count; slot += 1) if (this.instances.stands(slot)) this._standing.add(slot);
    const top = new Uint8Array(this._standing.size * STRIDE);
    let at = 0;
    for (const slot of this._standing) top.set(bytes.subarray(slot * STRIDE, (slot + 1) * STRIDE), STRIDE * at++);
    this._top.set(top);
  }

  /** Reckon everything from the middle of the map. @param {WebGL2RenderingContext} gl @param {ArrayLike<number>} main */
  _aim(gl, main) {
    const { lng, lat } = this._map.getCenter();
    const lon = ((((lng + 180) % 360) + 360) % 360) - 180;
    this._middle = [Math.round(lon * 1e7), Math.round(lat * 1e7)];
    this._turn = [
      Math.cos((this._middle[1] / 1e7) * (Math.PI / 180)),
      Math.sin((this._middle[1] / 1e7) * (Math.PI / 180)),
    ];
    const x = mercatorX(lng - lon + this._middle[0] / 1e7); // in the copy of the world that the map is in
    const y = mercatorY(this._middle[1] / 1e7);
    const { frame } = this;
    const { matrix } = frame;
    for (let index = 0; index < 12; index += 1) matrix[index] = main[index];
    for (let row = 0; row < 4; row += 1) matrix[12 + row] = main[row] * x + main[4 + row] * y + main[12 + row];
    frame.now = this._now();
    frame.x = x;
    frame.y = y;
    frame.width = gl.drawingBufferWidth;
    frame.height = gl.drawingBufferHeight;
    frame.zoom = this._map.getZoom();
  }

  /** The copies of the world that are on the screen, from the one in the middle. */
  _worlds() {
    const { matrix, width } = this.frame;
    const across = width / (Math.abs(matrix[0] / matrix[15]) * 0.5 * width); // worlds that the screen is wide
    const most = Math.ceil(Math.max(0, across - 1) / 2 + 0.02);
    const worlds = [];
    for (let world = -most; world <= most; world += 1) worlds.push(world);
    return across <= 0.98 ? [0] : worlds;
  }

  /** @param {WebGL2RenderingContext} gl @param {Program} program */
  _set(gl, program) {
    const { frame } = this;
    program.use();
    gl.uniformMatrix4fv(program.at("uMatrix"), false, frame.matrix);
    gl.uniform2i(program.at("uMiddle"), this._middle[0], this._middle[1]);
    gl.uniform2f(program.at("uMiddleTurn"), this._turn[0], this._turn[1]);
    gl.uniform2f(program.at("uViewport"), frame.width, frame.height);
    gl.uniform1f(program.at("uPixel"), this._ratio);
    gl.uniform1i(program.at("uIcons"), 0);
    gl.uniform1i(program.at("uColours"), 1);
    gl.uniform1f(program.at("uNow"), frame.now - this.instances.epoch);
    gl.uniform2f(program.at("uReckoned"), this.reckoning.reckoned ? 1 : 0, this.reckoning.eased ? 1 : 0);
  }

  get _ratio() {
    return this.frame.width / Math.max(1, this._map.getCanvas().clientWidth);
  }

  /** @param {WebGL2RenderingContext} gl @param {number[]} worlds */
  _drawAircraft(gl, worlds) {
    const program = this._aircraft;
    this._set(gl, program);
    gl.uniform1f(program.at("uSize"), iconSize(this.frame.zoom) * this._ratio);
    gl.uniform1fv(program.at("uScales"), SCALES);
    gl.uniform1i(program.at("uDots"), this.dots ? 1 : 0);
    gl.uniform3f(
      program.at("uHalo"),
      .../** @type {[number, number, number]} */ (this._look.halo.map((part) => part / 255)),
    );
    gl.uniform3f(
      program.at("uRing"),
      .../** @type {[number, number, number]} */ (this._look.ring.map((part) => part / 255)),
    );
    gl.uniform1f(program.at("uSteady"), this.reckoning.eased ? 0 : 1);
    gl.uniform1f(program.at("uOthers"), this.instances.selected.size ? 0.55 : 1);
    for (const world of worlds) {
      gl.uniform1f(program.at("uWorld"), world);
      this._records.draw();
    }
    gl.uniform1f(program.at("uOthers"), 1);
    for (const world of worlds) {
      gl.uniform1f(program.at("uWorld"), world);
      this._top.draw();
    }
  }

  /** @param {WebGL2RenderingContext} gl @param {number[]} worlds */
  _drawTrails(gl, worlds) {
    const others = this.trailing !== "off" && this.frame.zoom >= TRAILS_ZOOM;
    const selected = this.instances.selected.size > 0;
    if (!others && !selected) return;
    this._layOut(others);
    const since = this.trailing === "all" ? -1e9 : (this.frame.now - this._trails.epoch - RECENT_S) * 10;
    if (others)
      this._stroke(gl, worlds, this._legRecords, since, 1.25, selected ? 0.2 : 0.35, SHOWN | TRAILED, SELECTED);
    if (selected) this._stroke(gl, worlds, this._ownRecords, -1e9, 2.5, 1, SELECTED | TRAILED, 0);
  }

  /**
   * @param {WebGL2RenderingContext} gl
   * @param {number[]} worlds
   * @param {Records} legs
   * @param {number} since
   * @param {number} width CSS pixels
   * @param {number} alpha
   * @param {number} only bits that an aircraft must have for its last leg to be drawn
   * @param {number} never and must not have
   */
  _stroke(gl, worlds, legs, since, width, alpha, only, never) {
    for (const program of [this._line, this._head]) {
      this._set(gl, program);
      gl.uniform1f(program.at("uWidth"), width * this._ratio);
      gl.uniform1f(program.at("uAlpha"), alpha);
      gl.uniform1f(program.at("uSince"), since);
      gl.uniform1ui(program.at("uOnly"), only);
      gl.uniform1ui(program.at("uNever"), never);
      for (const world of worlds) {
        gl.uniform1f(program.at("uWorld"), world);
        (program === this._line ? legs : never ? this._records : this._top).draw();
      }
    }
  }

  /** Write the legs anew where a point was kept since, at most once a second. @param {boolean} others */
  _layOut(others) {
    const fleet = this._fleet;
    const trails = this._trails;
    const { selected } = this.instances;
    const wanted = `${trails.version} ${others} ${this.trailing}`;
    if (
      wanted === this._legsFor ||
      (this._legsFor !== "" && this.frame.now - this._legsAt < 1 && this.frame.now >= this._legsAt)
    )
      return;
    this._legsFor = wanted;
    this._legsAt = this.frame.now;
    const since = this.trailing === "all" ? -1e9 : (this.frame.now - trails.epoch - RECENT_S) * 10;
    this._own.clear();
    this._legs.clear();
    for (const key of selected) {
      const trail = trails.of(fleet.slot(key));
      if (trail) this._own.add(trail, -1e9, MOST_LEGS);
    }
    if (others) {
      for (let slot = 0; slot < fleet.count; slot += 1) {
        if (!fleet.shown[slot] || !this.inView(slot) || selected.has(fleet.key[slot])) continue;
        const trail = trails.of(slot);
        if (trail && !this._legs.add(trail, since, MOST_LEGS)) break;
      }
    }
    this._legRecords.set(this._legs.bytes);
    this._ownRecords.set(this._own.bytes);
  }
}

/** How bytes are unpacked where MapLibre may have said otherwise. @param {WebGL2RenderingContext} gl */
function plain(gl) {
  gl.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, false);
  gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
  gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
}

/** @param {WebGL2RenderingContext} gl @returns {import("./program.js").Part[]} */
function partsOf(gl) {
  return [
    { location: ATTRIBUTES.fix, size: 2, type: gl.INT, offset: LAYOUT.fix, as: "whole" },
    { location: ATTRIBUTES.kept, size: 2, type: gl.INT, offset: LAYOUT.kept, as: "whole" },
    { location: ATTRIBUTES.speed, size: 2, type: gl.FLOAT, offset: LAYOUT.speed, as: "float" },
    { location: ATTRIBUTES.correction, size: 2, type: gl.FLOAT, offset: LAYOUT.correction, as: "float" },
    { location: ATTRIBUTES.times, size: 3, type: gl.FLOAT, offset: LAYOUT.times, as: "float" },
    { location: ATTRIBUTES.turn, size: 1, type: gl.UNSIGNED_SHORT, offset: LAYOUT.turn, as: "unit" },
    { location: ATTRIBUTES.look, size: 4, type: gl.UNSIGNED_BYTE, offset: LAYOUT.look, as: "whole" },
  ];
}

/** @param {WebGL2RenderingContext} gl @returns {import("./program.js").Part[]} */
function legParts(gl) {
  return [
    { location: ATTRIBUTES.fix, size: 4, type: gl.INT, offset: 0, as: "whole" },
    { location: ATTRIBUTES.kept, size: 1, type: gl.INT, offset: 16, as: "whole" },
    { location: ATTRIBUTES.look, size: 4, type: gl.UNSIGNED_BYTE, offset: 20, as: "whole" },
  ];
}
