/** How many flights fly how high: the bars of the altitude profile. Pure. */
import { altitudeFeet, onGround } from "./format.js";

export const BAND_FT = 2500;
export const TOP_FT = 45000;

/**
 * Count flights by height.
 *
 * @param {Iterable<object>} flights
 * @returns {{ground: number, bands: number[], unknown: number}} bands of 2,500 ft from 0 up; higher
 *   than the top counts in the top band.
 */
export function profile(flights) {
  const bands = new Array(TOP_FT / BAND_FT).fill(0);
  let ground = 0;
  let unknown = 0;
  for (const { record } of flights) {
    const feet = altitudeFeet(record);
    if (onGround(record)) ground += 1;
    else if (feet === null) unknown += 1;
    else bands[Math.min(bands.length - 1, Math.max(0, Math.floor(feet / BAND_FT)))] += 1;
  }
  return { ground, bands, unknown };
}
