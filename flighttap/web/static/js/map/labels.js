/**
 * The names of aircraft, drawn on a canvas over the map.
 *
 * Which are shown and on which side is decided a few times a second (placement.js); in between each
 * moves with its aircraft. A text is drawn once and copied from then on.
 */
import { printable } from "../pure/format.js";
import { converted } from "../pure/units.js";
import { EMERGENCY, GROUND } from "../state/fleet.js";
import { Letters } from "./letters.js";
import { iconSize } from "./pace.js";
import { place } from "./placement.js";
import { toScreen } from "./projection.js";
import { leading } from "./ranking.js";

/** @typedef {import("./placement.js").Side} Side */
/** @typedef {import("../pure/units.js").Units} Units */

const SECOND_ZOOM = 9;
const FROM_ZOOM = 5;
const FEW = 40; // aircraft on the screen that are named at any zoom
const CONSIDERED = 240;
const TRANSITION_FT = 18000; // flight levels from here
const LEVEL = 250; // ft/min
const ALARMS = new Set(/** @type {unknown[]} */ (["7500", "7600", "7700"]));
const RECEDED = 0.7; // opacity of others while some are selected

/** What a label says. @param {import("../state/fleet.js").Fleet} fleet @param {number} slot @param {boolean} second @param {Units} units */
export function textOf(fleet, slot, second, units) {
  const { flight, r } = fleet.record[slot];
  const key = fleet.key[slot];
  let name = printable(flight, 12) || printable(r, 12) || printable(key.slice(key.indexOf(":") + 1), 12).toUpperCase();
  if (fleet.flags[slot] & EMERGENCY) name += alarm(fleet.record[slot].squawk);
  if (!second) return name;
  const parts = [];
  const alt = fleet.alt[slot];
  if (fleet.flags[slot] & GROUND) parts.push("ground");
  else if (!Number.isNaN(alt)) parts.push(height(alt, units) + arrow(fleet.rate[slot]));
  if (!Number.isNaN(fleet.gs[slot])) parts.push(String(Math.round(converted(fleet.gs[slot], "speed", units))));
  return parts.length ? `${name}\n${parts.join(" ")}` : name;
}

/** The code of an emergency, where it is one of the three. @param {unknown} squawk */
function alarm(squawk) {
  return ALARMS.has(squawk) ? ` ${squawk}` : "";
}

/** @param {number} feet @param {Units} units */
function height(feet, units) {
  if (units !== "metric" && feet >= TRANSITION_FT) return `FL${Math.round(feet / 100)}`;
  return String(Math.round(converted(feet, "altitude", units)));
}

/** @param {number} rate */
function arrow(rate) {
  return rate >= LEVEL ? " ↑" : rate <= -LEVEL ? " ↓" : "";
}

export class Labels {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {import("../state/fleet.js").Fleet} fleet
   * @param {import("./instances.js").Instances} instances
   */
  constructor(canvas, fleet, instances) {
    this._canvas = canvas;
    this._context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    this._fleet = fleet;
    this._instances = instances;
    /** @type {Units} */
    this.units = "aviation";
    /** @type {"full"|"short"|"off"} */
    this.mode = "full";
    /** @type {ReadonlySet<string>} */
    this.watched = new Set();
    this.most = 80;
    /** Pixels at each edge that something covers. */
    this.padding = { left: 0, top: 0, right: 0, bottom: 0 };
    /** @type {import("./instances.js").Reckoning} */
    this.reckoning = { reckoned: true, eased: true };
    this._ratio = 1;
    this._letters = new Letters();
    /** @type {(import("./placement.js").Placed & Named)[]} */
    this._placed = [];
    this._drawn = false;
    /** Where the labels were put when last arranged, pixels. @type {import("./placement.js").Rectangle[]} */
    this.boxes = [];
  }

  /** @param {import("./letters.js").Colours} colours */
  paint(colours) {
    this._letters.paint(colours);
  }

  /** The labels that are on the screen, for whoever asks. */
  get shown() {
    return this._placed.map(({ key, side }) => ({ key, side }));
  }

  /** @param {number} width CSS pixels @param {number} height @param {number} ratio */
  resize(width, height, ratio) {
    this._canvas.width = Math.round(width * ratio);
    this._canvas.height = Math.round(height * ratio);
    this._letters.resize(ratio);
    this._ratio = ratio;
    this._drawn = true;
  }

  /**
   * Decide anew who is named and where.
   *
   * @param {import("./projection.js").Frame} frame
   * @param {Uint32Array} slots on the screen
   * @param {boolean} dots whether aircraft are drawn as dots
   */
  arrange(frame, slots, dots) {
    const fleet = this._fleet;
    const { selected, hovered } = this._instances;
    const quiet = this.mode === "off" || dots || (frame.zoom < FROM_ZOOM && slots.length > FEW);
    const who = { selected, hovered, watched: this.watched };
    const before = new Map(this._placed.map((each) => [each.key, each.side]));
    const second = frame.zoom >= SECOND_ZOOM && this.mode === "full";
    const radius = dots ? 3 : iconSize(frame.zoom) / 2;
    /** @type {Map<string, Named>} */
    const named = new Map();
    const candidates = [];
    /** @type {[number, number]} */
    const at = [0, 0];
    for (const { slot, value } of leading(fleet, slots, who, CONSIDERED)) {
      if (quiet && value >= 0) break;
      if (!this._screen(frame, slot, at)) continue;
      const key = fleet.key[slot];
      const alarm = (fleet.flags[slot] & EMERGENCY) !== 0;
      const text = textOf(fleet, slot, second || value <= -4, this.units);
      const ringed = value <= -3 ? Math.max(radius, 9) + (alarm ? 8 : 6) + (alarm && value <= -4 ? 4 : 0) : radius;
      const candidate = {
        key,
        x: at[0],
        y: at[1],
        radius: ringed,
        ...this._letters.measure(text),
        always: value < -2,
        side: before.get(key),
      };
      candidates.push(candidate);
      named.set(key, { text, alarm, candidate });
    }
    const { left, top, right, bottom } = this.padding;
    const wide = frame.width / this._ratio - right;
    const high = frame.height / this._ratio - bottom;
    this._placed = place(candidates, [left, top, wide, high], this.most).map((each) => ({
      ...each,
      .../** @type {Named} */ (named.get(each.key)),
    }));
    this.boxes = this._placed.map(({ left, top, candidate: { x, y, width, height } }) => [
      x + left,
      y + top,
      x + left + width,
      y + top + height,
    ]);
  }

  /** Draw what was decided where the aircraft are now. @param {import("./projection.js").Frame} frame */
  draw(frame) {
    const context = this._context;
    if (this._drawn) context.clearRect(0, 0, this._canvas.width, this._canvas.height);
    this._drawn = this._placed.length > 0;
    /** @type {[number, number]} */
    const at = [0, 0];
    const receding = this._instances.selected.size > 0;
    for (let index = this._placed.length - 1; index >= 0; index -= 1) {
      const { key, left, top, text, alarm } = this._placed[index];
      const slot = this._fleet.slot(key);
      if (slot < 0 || !this._fleet.shown[slot] || !this._screen(frame, slot, at)) continue;
      context.globalAlpha = receding && !this._instances.stands(slot) ? RECEDED : 1;
      this._letters.put(context, text, alarm, at[0] + left, at[1] + top);
    }
  }

  /** @param {import("./projection.js").Frame} frame @param {number} slot @param {[number, number]} into */
  _screen(frame, slot, into) {
    const place = this._instances.place(slot, frame.now, this.reckoning, into);
    return place === null ? null : toScreen(frame, this._ratio, place, into);
  }
}

/** @typedef {{text: string, alarm: boolean, candidate: import("./placement.js").Candidate}} Named what a label says, and of whom */
