/** The colour table of the layer: the altitude ramp of the stylesheet, mixed in OKLab. Pure. */
import { STOPS } from "../pure/ramp.js";
import { ALARM_COLOUR, ALTITUDES, GROUND_COLOUR, TOP_FT, UNKNOWN_COLOUR } from "./instances.js";

/** @typedef {[number, number, number]} Rgb each 0 to 255 */

/** Two colours mixed in OKLab (Björn Ottosson, 2020). @param {Rgb} one @param {Rgb} other @param {number} part of the other, 0 to 1 @returns {Rgb} */
export function mixed(one, other, part) {
  const [a, b] = [oklab(one), oklab(other)];
  return fromOklab(/** @type {Rgb} */ (a.map((value, index) => value + (b[index] - value) * part)));
}

/**
 * The table: RGBA bytes, the altitudes first, then the places named in instances.js.
 *
 * @param {Rgb[]} ramp the colours at STOPS
 * @param {{ground: Rgb, unknown: Rgb, alarm: Rgb}} others
 */
export function table(ramp, { ground, unknown, alarm }) {
  const bytes = new Uint8Array(256 * 4).fill(255);
  for (let index = 0; index < ALTITUDES; index += 1) {
    const feet = (index / (ALTITUDES - 1)) * TOP_FT;
    const above = Math.max(
      1,
      STOPS.findIndex((stop) => stop >= feet),
    );
    const [low, high] = [STOPS[above - 1], STOPS[above]];
    bytes.set(mixed(ramp[above - 1], ramp[above], (feet - low) / (high - low)), index * 4);
  }
  bytes.set(ground, GROUND_COLOUR * 4);
  bytes.set(unknown, UNKNOWN_COLOUR * 4);
  bytes.set(alarm, ALARM_COLOUR * 4);
  return bytes;
}

/** `#rrggbb`, `rgb(r g b)` or `rgb(r, g, b)` as numbers. @param {string} css @returns {Rgb} */
export function rgb(css) {
  const hex = /^#(\w\w)(\w\w)(\w\w)$/.exec(css.trim());
  const parts = hex
    ? hex.slice(1).map((each) => Number.parseInt(each, 16))
    : (css.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number);
  return /** @type {Rgb} */ (parts.length === 3 ? parts : [128, 128, 128]);
}

/** A colour in OKLab: how light, how red or green, how yellow or blue. @param {Rgb} colour @returns {Rgb} */
export function oklab(colour) {
  const [r, g, b] = colour.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

/** @param {Rgb} lab @returns {Rgb} */
function fromOklab([lightness, a, b]) {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const linear = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  return /** @type {Rgb} */ (
    linear.map((part) => {
      const value = part <= 0.0031308 ? 12.92 * part : 1.055 * part ** (1 / 2.4) - 0.055;
      return Math.round(255 * Math.max(0, Math.min(1, value)));
    })
  );
}
