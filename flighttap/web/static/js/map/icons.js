/**
 * The silhouettes, drawn by ourselves on a grid of 24 units with the nose up, and the atlas of their
 * distance fields. Pure.
 *
 * Each outline is given from nose to tail on its right side and mirrored. A distance field holds at each
 * point how far the edge is, so that one small texture stays sharp at every size and gives halo and
 * hollow outline at a width in pixels.
 */
import { SHAPES } from "../pure/shapes.js";

/** Units of the grid, from edge to edge. */
export const GRID = 24;
/** A cell of the atlas spans this many units, the grid in its middle. */
export const SPAN = 32;
/** Texels of a cell, and cells of a row and of a column of the atlas. */
export const CELL = 64;
export const ACROSS = 4;
/** Units from the edge at which a texel is 0 (outside) or 255 (inside). */
export const REACH = 4;

const ROUNDED = 0.35; // units by which corners are rounded

/** @typedef {[number, number][]} Points */

/** Half outlines from nose to tail: x to the right of the middle, y down from the top. @type {Record<string, string[]>} */
const HALVES = {
  unknown: ["0 2.5, 7 21, 0 17.2"],
  airliner: [
    ["0 1, .8 1.7, 1.25 3.4, 1.25 8.7, 11 15, 11 16.4, 1.25 13.8, 1 18.9, 4.2 21.6, 4.2 22.7, .6 21.9", "0 22.8"].join(
      ", ",
    ),
  ],
  heavy: [
    [
      "0 .6, 1.1 1.5, 1.65 3.4, 1.65 7.8, 4 9.5, 4 8.3, 5.4 8.3, 5.4 10.5, 7.5 12, 7.5 10.9, 8.8 10.9",
      "8.8 12.9, 11.7 15, 11.7 16.8, 1.65 13.9, 1.3 18.6, 5 21.8, 5 23.2, .8 22.3, 0 23.2",
    ].join(", "),
  ],
  jet: [
    [
      "0 1.5, .6 2.4, 1 4.4, 1 10.2, 9.2 15.2, 9.2 16.4, 1 14.8, 1.3 15.5, 2.7 15.7, 2.7 18.3, .9 18.7",
      ".8 19.5, 3.8 21.4, 3.8 22.5, .5 21.9, 0 22.8",
    ].join(", "),
  ],
  turboprop: [
    [
      "0 2, .8 2.6, 1.2 4.4, 1.2 8.7, 3.5 8.9, 3.5 6.6, 5 6.6, 5 9.1, 11.2 9.8, 11.2 11.3, 1.2 12.5",
      ".9 18.6, 4.4 19.4, 4.4 20.8, .6 20.8, 0 22",
    ].join(", "),
  ],
  light: ["0 3, 1.2 3.5, 1.4 7, 10.4 7.3, 10.4 9.7, 1.3 10.8, .7 17.5, 3.7 18, 3.7 19.8, .5 19.9, 0 20.6"],
  helicopter: [
    "0 4.5, 1.5 5.2, 2.3 7.4, 2.3 11, 1.2 13.6, .6 14.6, .6 19.6, 2.6 19.6, 2.6 21, .6 21, 0 21.6",
    "0 8.1, 6.4 1.7, 7.4 2.7, .9 9.2, 7.4 15.7, 6.4 16.7, 0 10.3",
  ],
  glider: ["0 5, .7 5.8, .9 9.3, 11.8 10.2, 11.8 11.1, .8 11.8, .45 18.3, 3.3 18.7, 3.3 19.9, .4 20, 0 20.5"],
  balloon: [
    "0 2, 2.7 2.5, 5 4, 6.5 6.3, 6.9 9, 6.2 11.6, 4.4 14.3, 1.8 17.2, 0 17.2",
    "0 19, 1.6 19, 1.6 21.8, 0 21.8",
  ],
  uav: ["0 2.6, 1.1 3.6, 1.2 6, .7 8, .7 11, 11.3 12, 11.3 13.2, .7 14, .7 17.8, 4.7 21, 4 22.2, 0 20"],
  fighter: ["0 .8, .7 3, 1.3 7, 2 8.7, 9.4 16.8, 9.4 18.7, 3.3 18.4, 2.8 19.6, 4.7 21.8, 4.7 22.8, 1.2 22, 0 22"],
  vehicle: ["0 5, 3.2 5, 4.2 7, 4.2 19, 0 19"],
  obstacle: ["0 4, 1 4, 2 15, 5.5 20, 0 20"],
};

/** The closed outlines of a silhouette, in units from the top left of the grid. @param {string} shape @returns {Points[]} */
export function outlines(shape) {
  return HALVES[shape].map((half) => {
    const points = half.split(", ").map((point) => point.split(" ").map(Number));
    const right = points.map(([x, y]) => /** @type {[number, number]} */ ([GRID / 2 + x, y]));
    const left = points.toReversed().map(([x, y]) => /** @type {[number, number]} */ ([GRID / 2 - x, y]));
    return [...right, ...left];
  });
}

/** The `d` of an SVG path on a view box of 24 by 24, for a legend or a panel. @param {string} shape */
export function path(shape) {
  return outlines(shape)
    .map((points) => `M${points.map(([x, y]) => `${x} ${y}`).join("L")}Z`)
    .join("");
}

/** How far a point is from the edge of a silhouette, in units; positive inside. @param {Points[]} shape @param {number} x @param {number} y */
export function depth(shape, x, y) {
  return Math.max(...shape.map((points) => within(points.flat(), x, y))) + ROUNDED;
}

/** The same for one outline with square corners. @param {ArrayLike<number>} points x and y in turn @param {number} x @param {number} y */
function within(points, x, y) {
  let nearest = Number.POSITIVE_INFINITY;
  let inside = false;
  let ax = points[points.length - 2];
  let ay = points[points.length - 1];
  for (let at = 0; at < points.length; at += 2) {
    const bx = points[at];
    const by = points[at + 1];
    const ex = bx - ax;
    const ey = by - ay;
    const length = ex * ex + ey * ey;
    const along = length === 0 ? 0 : Math.max(0, Math.min(1, ((x - ax) * ex + (y - ay) * ey) / length));
    const dx = x - ax - along * ex;
    const dy = y - ay - along * ey;
    nearest = Math.min(nearest, dx * dx + dy * dy);
    if (ay > y !== by > y && x < ax + ((y - ay) * ex) / ey) inside = !inside;
    ax = bx;
    ay = by;
  }
  return inside ? Math.sqrt(nearest) : -Math.sqrt(nearest);
}

/**
 * The atlas: one byte a texel, 128 on the edge, in the order of SHAPES from the top left.
 *
 * @returns {{data: Uint8Array, size: number}}
 */
export function atlas() {
  const size = CELL * ACROSS;
  const data = new Uint8Array(size * size);
  const unit = SPAN / CELL;
  const margin = (SPAN - GRID) / 2;
  SHAPES.forEach((name, index) => {
    const shape = outlines(name).map((points) => Float64Array.from(points.flat()));
    const [left, top] = [(index % ACROSS) * CELL, Math.floor(index / ACROSS) * CELL];
    for (let row = 0; row < CELL; row += 1) {
      for (let column = 0; column < CELL / 2; column += 1) {
        const [x, y] = [(column + 0.5) * unit - margin, (row + 0.5) * unit - margin];
        let far = Number.NEGATIVE_INFINITY;
        for (const points of shape) far = Math.max(far, within(points, x, y) + ROUNDED);
        const byte = Math.round(127.5 + (127.5 * Math.max(-REACH, Math.min(REACH, far))) / REACH);
        const at = (top + row) * size + left;
        data[at + column] = data[at + CELL - 1 - column] = byte; // both halves are alike
      }
    }
  });
  return { data, size };
}
