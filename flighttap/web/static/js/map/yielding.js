/** Names of places that aircraft are named over: those give way. Pure. */

const LETTER = 6.2; // pixels of a letter of 11, at most
const LINE = 14;
const WRAP = 88; // pixels beyond which a name goes on in a second line

/** @typedef {[number, number, number, number]} Rectangle left, top, right, bottom */
/** @typedef {import("geojson").Feature} Feature */

/** Those that are shown from a lower zoom come first. @param {Feature} one @param {Feature} other */
export function byZoom(one, other) {
  return one.properties?.zoom - other.properties?.zoom;
}

/**
 * Which places stand where an aircraft is named.
 *
 * @param {Feature[]} places points with a name, a kind and the zoom from which they are shown, in the order of that.
 * @param {Rectangle[]} labels of aircraft, pixels.
 * @param {number} zoom
 * @param {{west: number, south: number, east: number, north: number}} bounds of what is seen, degrees.
 * @param {(place: [number, number]) => {x: number, y: number}} project longitude and latitude to pixels.
 * @returns {Set<number>} their numbers in the list.
 */
export function covered(places, labels, zoom, { west, south, east, north }, project) {
  /** @type {Set<number>} */
  const found = new Set();
  if (labels.length === 0) return found;
  for (let number = 0; number < places.length; number += 1) {
    const { properties, geometry } = places[number];
    if (properties?.zoom > zoom) break;
    const [lon, lat] = /** @type {[number, number]} */ (/** @type {import("geojson").Point} */ (geometry).coordinates);
    if (lat < south || lat > north) continue;
    if (lon < west && lon + 360 > east) continue;
    if (lon > east && lon - 360 < west) continue;
    const { x, y } = project([lon, lat]);
    const [wide, high] = extent(properties?.name ?? "", properties?.kind === "airport");
    if (labels.some(([l, t, r, b]) => x + wide > l && x - wide < r && y + high > t && y - high < b)) found.add(number);
  }
  return found;
}

/** Half the width and height that a name takes around its point; an airport's stands above or below it. @param {string} name @param {boolean} beside @returns {[number, number]} */
function extent(name, beside) {
  const width = name.length * LETTER;
  if (beside) return [width / 2, LINE * 1.5];
  const longest = Math.max(...name.split(" ").map((word) => word.length)) * LETTER;
  return width <= WRAP ? [width / 2, LINE / 2] : [Math.max(longest, WRAP / 2) / 2 + LETTER, LINE];
}
