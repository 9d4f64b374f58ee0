/** From the world to the screen and back, for the frame that was drawn last. Pure. */
import { latitude, longitude } from "./reckon.js";

/**
 * @typedef {object} Frame
 * @property {number} now server seconds
 * @property {number[]} matrix world units from the middle to clip space
 * @property {number} x the middle, world units
 * @property {number} y
 * @property {number} width of the canvas, device pixels
 * @property {number} height
 * @property {number} zoom
 */

/** The CSS pixel of a place, in the copy of the world nearest to the middle. @param {Frame} frame @param {number} ratio @param {readonly [number, number]} place world units @param {[number, number]} into */
export function toScreen({ matrix: m, x, y, width, height }, ratio, place, into) {
  let dx = place[0] - x;
  dx -= Math.round(dx);
  const dy = place[1] - y;
  const w = m[3] * dx + m[7] * dy + m[15];
  into[0] = (((m[0] * dx + m[4] * dy + m[12]) / w + 1) * width) / 2 / ratio;
  into[1] = ((1 - (m[1] * dx + m[5] * dy + m[13]) / w) * height) / 2 / ratio;
  return into;
}

/** Longitude and latitude under a CSS pixel, for a map that is neither turned nor tilted. @param {Frame} frame @param {number} ratio @param {number} left @param {number} top */
export function fromScreen({ matrix: m, x, y, width, height }, ratio, left, top) {
  const right = ((left * ratio * 2) / width - 1) * m[15] - m[12];
  const up = (1 - (top * ratio * 2) / height) * m[15] - m[13];
  return { lon: longitude(x + right / m[0]), lat: latitude(y + up / m[5]) };
}
