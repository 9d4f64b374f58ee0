/**
 * Geometry on a sphere: distance, bearing, the point at the end of a course. Pure.
 *
 * Degrees and nautical miles; the radius is that of flighttap/aircraft/plausible.py, so that a
 * distance in the table is the one that `within` filters by.
 */

const EARTH_NM = 6371000 / 1852;
const RAD = Math.PI / 180;

/** @typedef {[number, number]} Place latitude and longitude, degrees. */

/** Great-circle distance, nm (haversine). @param {number} lat @param {number} lon @param {number} lat2 @param {number} lon2 */
export function distance(lat, lon, lat2, lon2) {
  const north = Math.sin(((lat2 - lat) * RAD) / 2);
  const east = Math.sin(((lon2 - lon) * RAD) / 2);
  const half = north * north + Math.cos(lat * RAD) * Math.cos(lat2 * RAD) * east * east;
  return 2 * EARTH_NM * Math.asin(Math.min(1, Math.sqrt(half)));
}

/** Initial course from the first place to the second, 0 ≤ x < 360. @param {number} lat @param {number} lon @param {number} lat2 @param {number} lon2 */
export function bearing(lat, lon, lat2, lon2) {
  const over = (lon2 - lon) * RAD;
  const y = Math.sin(over) * Math.cos(lat2 * RAD);
  const x = Math.cos(lat * RAD) * Math.sin(lat2 * RAD) - Math.sin(lat * RAD) * Math.cos(lat2 * RAD) * Math.cos(over);
  return (Math.atan2(y, x) / RAD + 360) % 360;
}

/**
 * Where one arrives on a course.
 *
 * @param {number} lat
 * @param {number} lon
 * @param {number} course degrees true.
 * @param {number} nm
 * @returns {Place} longitude from -180 to 180.
 */
export function destination(lat, lon, course, nm) {
  const far = nm / EARTH_NM;
  const [phi, theta] = [lat * RAD, course * RAD];
  const to = Math.asin(Math.sin(phi) * Math.cos(far) + Math.cos(phi) * Math.sin(far) * Math.cos(theta));
  const over = Math.atan2(
    Math.sin(theta) * Math.sin(far) * Math.cos(phi),
    Math.cos(far) - Math.sin(phi) * Math.sin(to),
  );
  return [to / RAD, ((lon + over / RAD + 540) % 360) - 180];
}

/**
 * A closed circle around a place, its longitudes running on past ±180 so that it can be drawn.
 *
 * @param {number} lat
 * @param {number} lon
 * @param {number} nm
 * @param {number} [corners]
 * @returns {[number, number][]} longitude and latitude, north first.
 */
export function circle(lat, lon, nm, corners = 96) {
  const ring = [];
  for (let at = 0; at <= corners; at += 1) {
    const [north, east] = destination(lat, lon, (360 * at) / corners, nm);
    ring.push(/** @type {[number, number]} */ ([lon + turned(east - lon), north]));
  }
  return ring;
}

/** An angle between -180 and 180. @param {number} degrees */
export function turned(degrees) {
  return ((((degrees + 180) % 360) + 360) % 360) - 180;
}

/** Whether a place is inside a box, which crosses the antimeridian where its west is beyond its east. @param {[number, number, number, number]} box west, south, east, north @param {number} lat @param {number} lon */
export function inside([west, south, east, north], lat, lon) {
  if (lat < south || lat > north) return false;
  if (east - west >= 360) return true;
  const from = (((lon - west) % 360) + 360) % 360;
  return from <= (((east - west) % 360) + 360) % 360;
}

const WINDS = ["N", "NE", "E", "SE", "S", "SW", "W", "NW"];

/** The nearest of eight winds. @param {number} degrees */
export function wind(degrees) {
  return WINDS[Math.round((((degrees % 360) + 360) % 360) / 45) % 8];
}

/**
 * Steps at which range rings stand: three to five of them within what the view spans.
 *
 * @param {number} span how far the view reaches from the middle, in the unit that people read.
 * @returns {number[]} in the same unit.
 */
export function ringSteps(span) {
  const rough = span / 4;
  const power = 10 ** Math.floor(Math.log10(Math.max(rough, 0.1)));
  const step = [1, 2, 2.5, 5, 10].map((part) => part * power).find((each) => each >= rough) ?? power * 10;
  return [1, 2, 3, 4].map((time) => step * time);
}
