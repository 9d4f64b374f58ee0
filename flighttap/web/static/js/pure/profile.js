/** How many flights fly how high: the bars of the altitude profile. Pure. */
import { isListed } from "./listing.js";

export const BAND_FT = 2500;
export const TOP_FT = 45000;

const GROUND = 1;

/**
 * Count the listed flights by height.
 *
 * @param {import("../state/fleet.js").Fleet} fleet
 * @param {number} now server seconds.
 * @returns {{ground: number, bands: number[], unknown: number, placed: number}} bands of 2,500 ft from 0 up;
 *   higher than the top counts in the top band; `placed` have a position.
 */
export function profile(fleet, now) {
  /** @type {number[]} */
  const bands = new Array(TOP_FT / BAND_FT).fill(0);
  const counts = { ground: 0, bands, unknown: 0, placed: 0 };
  for (let slot = 0; slot < fleet.count; slot += 1) {
    if (!isListed(fleet, slot, now)) continue;
    const feet = fleet.alt[slot];
    if (!Number.isNaN(fleet.lat[slot])) counts.placed += 1;
    if (fleet.flags[slot] & GROUND) counts.ground += 1;
    else if (Number.isNaN(feet)) counts.unknown += 1;
    else bands[Math.min(bands.length - 1, Math.max(0, Math.floor(feet / BAND_FT)))] += 1;
  }
  return counts;
}
