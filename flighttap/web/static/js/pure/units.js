/** The three systems of units that people read: what readsb's ft, kt, nm and ft/min become in each. Pure. */
import { grouped, NONE } from "./format.js";

/** @typedef {"aviation"|"metric"|"imperial"} Units */
/** @typedef {"altitude"|"speed"|"distance"|"rate"} Quantity */

/** Name of a system to each quantity's unit, factor and decimals. */
export const SYSTEMS = {
  aviation: {
    altitude: { unit: "ft", factor: 1, digits: 0 },
    speed: { unit: "kt", factor: 1, digits: 0 },
    distance: { unit: "nm", factor: 1, digits: 1 },
    rate: { unit: "ft/min", factor: 1, digits: 0 },
  },
  metric: {
    altitude: { unit: "m", factor: 0.3048, digits: 0 },
    speed: { unit: "km/h", factor: 1.852, digits: 0 },
    distance: { unit: "km", factor: 1.852, digits: 1 },
    rate: { unit: "m/s", factor: 0.00508, digits: 1 },
  },
  imperial: {
    altitude: { unit: "ft", factor: 1, digits: 0 },
    speed: { unit: "mph", factor: 1.852 / 1.609344, digits: 0 },
    distance: { unit: "mi", factor: 1.852 / 1.609344, digits: 1 },
    rate: { unit: "ft/min", factor: 1, digits: 0 },
  },
};

export const NAMES = /** @type {Units[]} */ (Object.keys(SYSTEMS));

/** The word behind a figure. @param {Quantity} quantity @param {Units} units */
export function unitOf(quantity, units) {
  return SYSTEMS[units][quantity].unit;
}

/** A value in readsb's unit in that of the system. @param {number} value @param {Quantity} quantity @param {Units} units */
export function converted(value, quantity, units) {
  return value * SYSTEMS[units][quantity].factor;
}

/** A value typed in the unit of the system in readsb's. @param {number} value @param {Quantity} quantity @param {Units} units */
export function reverted(value, quantity, units) {
  return value / SYSTEMS[units][quantity].factor;
}

/**
 * A figure without its unit; "–" where it is not known. Distances of 100 and more have no decimals.
 *
 * @param {number|null} value in readsb's unit.
 * @param {Quantity} quantity
 * @param {Units} units
 */
export function figure(value, quantity, units) {
  if (value === null || !Number.isFinite(value)) return NONE;
  const { factor, digits } = SYSTEMS[units][quantity];
  const there = value * factor;
  if (digits === 0 || Math.abs(there) >= 99.95) return grouped(there);
  const text = there.toFixed(digits);
  return Number(text) < 0 ? text.replace("-", "−") : text.replace("-", "");
}

/** The same with its unit. @param {number|null} value @param {Quantity} quantity @param {Units} units */
export function measure(value, quantity, units) {
  const text = figure(value, quantity, units);
  return text === NONE ? text : `${text} ${unitOf(quantity, units)}`;
}
