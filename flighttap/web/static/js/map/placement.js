/**
 * Where labels go: beside their aircraft, none over another, the most important first. Pure.
 *
 * A label that is on the screen keeps its side as long as it fits there, so that labels do not dance.
 */

/** Sides in the order in which they are tried. */
export const SIDES = /** @type {const} */ (["right", "left", "below", "above"]);
const CELL = 64; // pixels
const AIR = 3; // pixels between icon and label
const APART = 2; // pixels between labels

/** @typedef {(typeof SIDES)[number]} Side */
/** @typedef {[number, number, number, number]} Rectangle left, top, right, bottom */

/**
 * @typedef {object} Candidate
 * @property {string} key
 * @property {number} x middle of the icon, pixels
 * @property {number} y
 * @property {number} radius of the icon
 * @property {number} width of the label
 * @property {number} height
 * @property {boolean} always placed even where it covers something
 * @property {Side} [side] where it was placed last
 */

/** @typedef {{key: string, side: Side, left: number, top: number}} Placed left and top from the middle of the icon */

/** Rectangles, found by where they are. */
class Taken {
  constructor() {
    /** @type {Map<number, Rectangle[]>} */
    this._cells = new Map();
  }

  /** @param {Rectangle} box */
  add(box) {
    for (const cell of cellsOf(box)) {
      const list = this._cells.get(cell);
      if (list) list.push(box);
      else this._cells.set(cell, [box]);
    }
  }

  /** Whether anything is there, but for one. @param {Rectangle} box @param {Rectangle} [own] */
  meets(box, own) {
    for (const cell of cellsOf(box)) {
      for (const other of this._cells.get(cell) ?? []) {
        if (other !== own && box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1])
          return true;
      }
    }
    return false;
  }
}

/** @param {Rectangle} box */
function* cellsOf([left, top, right, bottom]) {
  for (let x = Math.floor(left / CELL); x <= Math.floor(right / CELL); x += 1) {
    for (let y = Math.floor(top / CELL); y <= Math.floor(bottom / CELL); y += 1) yield x * 4096 + y;
  }
}

/**
 * Place labels.
 *
 * @param {Candidate[]} candidates the most important first
 * @param {Rectangle} area what can be seen of the map
 * @param {number} most how many labels
 * @returns {Placed[]}
 */
export function place(candidates, area, most) {
  const labels = new Taken();
  const icons = new Taken();
  /** @type {Map<Candidate, Rectangle>} */
  const own = new Map();
  for (const candidate of candidates) {
    const { x, y, radius } = candidate;
    const core = radius * 0.7; // the corners of an icon are empty
    /** @type {Rectangle} */
    const box = [x - core, y - core, x + core, y + core];
    own.set(candidate, box);
    icons.add(box);
  }
  const placed = [];
  for (const candidate of candidates) {
    if (placed.length >= most) break;
    const side = sideFor(candidate, area, labels, icons, own.get(candidate));
    if (side === null) continue;
    const box = boxAt(candidate, side);
    labels.add([box[0] - APART, box[1] - APART, box[2] + APART, box[3] + APART]);
    placed.push({ key: candidate.key, side, left: box[0] - candidate.x, top: box[1] - candidate.y });
  }
  return placed;
}

/**
 * @param {Candidate} candidate
 * @param {Rectangle} area
 * @param {Taken} labels
 * @param {Taken} icons
 * @param {Rectangle|undefined} own
 * @returns {Side|null}
 */
function sideFor(candidate, area, labels, icons, own) {
  const sides = candidate.side ? [candidate.side, ...SIDES.filter((side) => side !== candidate.side)] : SIDES;
  /** @type {Side|null} */
  let least = null;
  for (const side of sides) {
    const box = boxAt(candidate, side);
    if (!inside(box, area) || labels.meets(box)) continue;
    if (!icons.meets(box, own)) return side;
    if (side === candidate.side) return side; // an icon that flies by beneath drives no label away
    least ??= side;
  }
  return candidate.always ? (least ?? sides[0]) : null;
}

/** @param {Candidate} candidate @param {Side} side @returns {Rectangle} */
function boxAt({ x, y, radius, width, height }, side) {
  const far = radius + AIR;
  if (side === "right") return [x + far, y - height / 2, x + far + width, y + height / 2];
  if (side === "left") return [x - far - width, y - height / 2, x - far, y + height / 2];
  if (side === "below") return [x - width / 2, y + far, x + width / 2, y + far + height];
  return [x - width / 2, y - far - height, x + width / 2, y - far];
}

/** @param {Rectangle} box @param {Rectangle} area */
function inside(box, area) {
  return box[0] >= area[0] && box[1] >= area[1] && box[2] <= area[2] && box[3] <= area[3];
}
