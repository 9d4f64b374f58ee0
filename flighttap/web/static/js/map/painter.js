/**
 * The aircraft layer's side of the GPU: programs, records and textures of one WebGL2 context.
 *
 * It draws what it is told and decides nothing; layer.js keeps what is to be drawn. A lost context takes
 * a painter along, and the next one is made with everything uploaded anew.
 */
import { SCALES } from "../pure/shapes.js";
import { atlas } from "./icons.js";
import { LAYOUT, SELECTED, SHOWN, STRIDE, TRAILED } from "./instances.js";
import { iconSize } from "./pace.js";
import { Program, Records, texture } from "./program.js";
import { AIRCRAFT, ATTRIBUTES, HEADS, LEGS } from "./shaders.js";
import { LEG } from "./trailmesh.js";

/** @typedef {[number, number, number]} Rgb 0 to 255 */

/**
 * What is drawn and from where.
 *
 * @typedef {object} Scene
 * @property {import("./projection.js").Frame} frame
 * @property {number} ratio device pixels of a CSS pixel
 * @property {[number, number]} middle of the map, lon and lat in 1e-7 degrees
 * @property {number} epoch from which the times of records count, server seconds
 * @property {import("./instances.js").Reckoning} reckoning
 * @property {boolean} dots
 * @property {boolean} selected whether any is: the others stand back
 * @property {Rgb} halo
 * @property {Rgb} ring
 * @property {number|null} since trails of others: legs that ended before are not drawn, 0.1 s; null for no trails
 */

export class Painter {
  /** @param {WebGL2RenderingContext} gl */
  constructor(gl) {
    this._gl = gl;
    this._aircraft = new Program(gl, AIRCRAFT, ATTRIBUTES);
    this._line = new Program(gl, LEGS, ATTRIBUTES);
    this._head = new Program(gl, HEADS, ATTRIBUTES);
    /** One for each slot of the fleet. */
    this.records = new Records(gl, STRIDE, partsOf(gl));
    /** Once more those that stand on top of all others. */
    this.top = new Records(gl, STRIDE, partsOf(gl));
    this.legs = new Records(gl, LEG, legParts(gl));
    /** The legs of the selected. */
    this.own = new Records(gl, LEG, legParts(gl));
    const { data, size } = atlas();
    this._icons = texture(gl, gl.LINEAR);
    plain(gl);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R8, size, size, 0, gl.RED, gl.UNSIGNED_BYTE, data);
    this._colours = texture(gl, gl.NEAREST);
  }

  delete() {
    for (const each of [this._aircraft, this._line, this._head]) each.delete();
    for (const each of [this.records, this.top, this.legs, this.own]) each.delete();
    for (const each of [this._icons, this._colours]) this._gl.deleteTexture(each);
  }

  /** Take another colour table. @param {Uint8Array} table colours.js */
  colour(table) {
    const gl = this._gl;
    gl.bindTexture(gl.TEXTURE_2D, this._colours);
    plain(gl);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, 256, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, table);
  }

  /** @param {Scene} scene */
  draw(scene) {
    const gl = this._gl;
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
    const worlds = worldsOf(scene.frame);
    const { selected, since } = scene;
    if (since !== null) {
      const never = SELECTED;
      this._stroke(scene, worlds, {
        legs: this.legs,
        heads: this.records,
        since,
        width: 1.25,
        alpha: selected ? 0.2 : 0.35,
        only: SHOWN | TRAILED,
        never,
      });
    }
    if (selected) {
      this._stroke(scene, worlds, {
        legs: this.own,
        heads: this.top,
        since: -1e9,
        width: 2.5,
        alpha: 1,
        only: SELECTED | TRAILED,
        never: 0,
      });
    }
    this._drawAircraft(scene, worlds);
    gl.bindVertexArray(null);
  }

  /** @param {Program} program @param {Scene} scene */
  _use(program, { frame, ratio, middle, epoch, reckoning }) {
    const gl = this._gl;
    const lat = (middle[1] / 1e7) * (Math.PI / 180);
    program.use();
    gl.uniformMatrix4fv(program.at("uMatrix"), false, frame.matrix);
    gl.uniform2i(program.at("uMiddle"), middle[0], middle[1]);
    gl.uniform2f(program.at("uMiddleTurn"), Math.cos(lat), Math.sin(lat));
    gl.uniform2f(program.at("uViewport"), frame.width, frame.height);
    gl.uniform1f(program.at("uPixel"), ratio);
    gl.uniform1i(program.at("uIcons"), 0);
    gl.uniform1i(program.at("uColours"), 1);
    gl.uniform1f(program.at("uNow"), frame.now - epoch);
    gl.uniform2f(program.at("uReckoned"), reckoning.reckoned ? 1 : 0, reckoning.eased ? 1 : 0);
  }

  /** @param {Scene} scene @param {number[]} worlds */
  _drawAircraft(scene, worlds) {
    const gl = this._gl;
    const program = this._aircraft;
    const { frame, ratio, dots, halo, ring, reckoning, selected } = scene;
    this._use(program, scene);
    gl.uniform1f(program.at("uSize"), iconSize(frame.zoom) * ratio);
    gl.uniform1fv(program.at("uScales"), SCALES);
    gl.uniform1i(program.at("uDots"), dots ? 1 : 0);
    gl.uniform3f(program.at("uHalo"), halo[0] / 255, halo[1] / 255, halo[2] / 255);
    gl.uniform3f(program.at("uRing"), ring[0] / 255, ring[1] / 255, ring[2] / 255);
    gl.uniform1f(program.at("uSteady"), reckoning.eased ? 0 : 1);
    for (const [records, others] of /** @type {const} */ ([
      [this.records, selected ? 0.55 : 1],
      [this.top, 1],
    ])) {
      gl.uniform1f(program.at("uOthers"), others);
      for (const world of worlds) {
        gl.uniform1f(program.at("uWorld"), world);
        records.draw();
      }
    }
  }

  /**
   * Trails of one kind: the legs between points, then the last one up to where each aircraft is.
   *
   * @param {Scene} scene
   * @param {number[]} worlds
   * @param {{legs: Records, heads: Records, since: number, width: number, alpha: number, only: number, never: number}} kind
   *   width in CSS pixels; bits that an aircraft must and must not have for its last leg to be drawn
   */
  _stroke(scene, worlds, { legs, heads, since, width, alpha, only, never }) {
    const gl = this._gl;
    for (const [program, records] of /** @type {const} */ ([
      [this._line, legs],
      [this._head, heads],
    ])) {
      this._use(program, scene);
      gl.uniform1f(program.at("uWidth"), width * scene.ratio);
      gl.uniform1f(program.at("uAlpha"), alpha);
      gl.uniform1f(program.at("uSince"), since);
      gl.uniform1ui(program.at("uOnly"), only);
      gl.uniform1ui(program.at("uNever"), never);
      for (const world of worlds) {
        gl.uniform1f(program.at("uWorld"), world);
        records.draw();
      }
    }
  }
}

/** The copies of the world that are on the screen, from the one nearest to the middle. @param {import("./projection.js").Frame} frame */
function worldsOf({ matrix }) {
  const across = Math.abs((2 * matrix[15]) / matrix[0]); // worlds that the screen is wide
  const most = across <= 0.98 ? 0 : Math.ceil((across - 1) / 2 + 0.02);
  return Array.from({ length: 2 * most + 1 }, (_, index) => index - most);
}

/** How bytes are unpacked, where MapLibre may have said otherwise. @param {WebGL2RenderingContext} gl */
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
