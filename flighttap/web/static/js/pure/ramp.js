/**
 * Altitude as colour: where a height lies on the ramp of the stylesheet.
 *
 * The colours themselves are tokens (--alt-0 to --alt-5, --alt-ground), one set a theme; what this
 * gives is CSS that mixes two of them in OKLab, so that a change of theme needs no script.
 */

/** Feet at which the ramp's tokens stand. */
export const STOPS = [0, 5000, 10000, 20000, 30000, 45000];

const STEP = 500; // feet; finer differences cannot be seen
/** @type {Map<number, string>} */
const cache = new Map();

/**
 * @param {number|null} feet altitude, null when not known.
 * @param {boolean} ground whether it is on the ground.
 * @returns {string} a CSS colour.
 */
export function colour(feet, ground = false) {
  if (ground) return "var(--alt-ground)";
  if (feet === null) return "var(--alt-none)";
  const step = Math.round(Math.min(STOPS[STOPS.length - 1], Math.max(0, feet)) / STEP) * STEP;
  let css = cache.get(step);
  if (css === undefined) {
    css = mix(step);
    cache.set(step, css);
  }
  return css;
}

/** @param {number} feet */
function mix(feet) {
  const above = STOPS.findIndex((stop) => stop >= feet);
  if (STOPS[above] === feet) return `var(--alt-${above})`;
  const low = STOPS[above - 1];
  const part = Math.round((100 * (feet - low)) / (STOPS[above] - low));
  return `color-mix(in oklab, var(--alt-${above}) ${part}%, var(--alt-${above - 1}))`;
}
