/**
 * The altitude scale of the legend: where a height lies on it, and the range that its ends choose. Pure.
 *
 * The scale is the ramp's: its stops stand at equal distances, so that low heights get more room.
 */
import { STOPS } from "./ramp.js";

/** The lowest and highest heights that the ends can choose, feet. */
export const TOP = STOPS[STOPS.length - 1];

const PARTS = STOPS.length - 1;
const STEP_LOW = 500; // feet below 10,000
const STEP_HIGH = 1000;

/** Where a height lies, from 0 to 1. @param {number} feet */
export function placeOf(feet) {
  if (feet <= 0) return 0;
  if (feet >= TOP) return 1;
  const above = STOPS.findIndex((stop) => stop > feet);
  const [low, high] = [STOPS[above - 1], STOPS[above]];
  return (above - 1 + (feet - low) / (high - low)) / PARTS;
}

/** The height at a place from 0 to 1, on a round figure. @param {number} place */
export function heightAt(place) {
  const at = Math.min(1, Math.max(0, place)) * PARTS;
  const part = Math.min(PARTS - 1, Math.floor(at));
  return rounded(STOPS[part] + (at - part) * (STOPS[part + 1] - STOPS[part]));
}

/** @param {number} feet */
export function rounded(feet) {
  const step = feet < 10000 ? STEP_LOW : STEP_HIGH;
  return Math.round(feet / step) * step;
}

/** One step up or down from a height, as an arrow key takes. @param {number} feet @param {number} by 1 or -1, times the number of steps */
export function stepped(feet, by) {
  const step = feet < 10000 || (feet === 10000 && by < 0) ? STEP_LOW : STEP_HIGH;
  return Math.min(TOP, Math.max(0, rounded(feet + by * step)));
}

/**
 * What the two ends choose.
 *
 * @param {number} low feet; 0 is "from the ground".
 * @param {number} high feet; the top is "and above".
 * @returns {{low: number|null, high: number|null}} null where an end stands at its stop and cuts nothing.
 */
export function range(low, high) {
  return { low: low <= 0 ? null : low, high: high >= TOP ? null : high };
}
