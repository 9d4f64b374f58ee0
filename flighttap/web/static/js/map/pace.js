/**
 * How often the map has to be drawn: when something on the screen can have moved by a part of a pixel. Pure.
 */
import { EASE_S, knot } from "./reckon.js";

const STEP_PX = 0.5; // device pixels that a drawn aircraft may be behind
const STEP_FOLLOWING_PX = 0.25; // the whole map moves: finer
const SHORTEST_MS = 16;
const LONGEST_MS = 1000; // ages show, too

/** Device pixels of a world unit. @param {number} zoom @param {number} ratio */
export function pixels(zoom, ratio) {
  return 512 * 2 ** zoom * ratio;
}

/**
 * Milliseconds from one drawing to the next.
 *
 * @param {object} what
 * @param {number} what.zoom
 * @param {number} what.ratio device pixels of a CSS pixel
 * @param {number} what.fastest knots of the fastest aircraft in view; 0 where none moves
 * @param {number} what.lat where on the map, degrees
 * @param {number} what.correction the greatest that is being eased, world units; 0 where none is
 * @param {boolean} what.following
 * @param {boolean} what.calm reduced motion, or positions as received: steps of a second
 */
export function interval({ zoom, ratio, fastest, lat, correction, following, calm }) {
  if (calm) return LONGEST_MS;
  const step = following ? STEP_FOLLOWING_PX : STEP_PX;
  const unit = pixels(zoom, ratio);
  const speed = fastest * knot(lat) * unit; // device pixels a second
  const easing = (2 * correction * unit) / EASE_S; // at its beginning
  const quickest = Math.max(speed, easing > speed ? easing : 0);
  return Math.max(SHORTEST_MS, Math.min(LONGEST_MS, (1000 * step) / quickest));
}

/** Pixels of an icon by zoom (DESIGN.md, 10). @param {number} zoom */
export function iconSize(zoom) {
  const stops = [
    [4, 7],
    [6, 14],
    [9, 20],
    [12, 26],
  ];
  if (zoom <= stops[0][0]) return stops[0][1];
  for (let at = 1; at < stops.length; at += 1) {
    const [[fromZoom, from], [toZoom, to]] = [stops[at - 1], stops[at]];
    if (zoom <= toZoom) return from + ((to - from) * (zoom - fromZoom)) / (toZoom - fromZoom);
  }
  return stops[stops.length - 1][1];
}
