/**
 * Where an aircraft is drawn between two positions received: dead reckoning with eased corrections. Pure.
 *
 * The vertex shader computes the same for every aircraft of every frame (shaders.js); here it is done for
 * the few that need it on the CPU: labels, picking, following, and the aircraft that a message moved.
 * Places are in mercator world units: x and y from 0 to 1, y down.
 */

/** Seconds over which a correction is eased. */
export const EASE_S = 0.6;
/** Seconds after which a position is not reckoned on any further. */
export const FREEZE_S = 15;
/** A correction larger than this (world units, about 20 km at the equator) is not eased: it was no correction. */
export const LEAP = 5e-4;

const RAD = Math.PI / 180;
const KNOT = 1 / 216000; // degrees of a great circle a second

/** @param {number} lon degrees */
export function mercatorX(lon) {
  return (lon + 180) / 360;
}

/** @param {number} lat degrees */
export function mercatorY(lat) {
  const sine = Math.sin(Math.max(-89.9, Math.min(89.9, lat)) * RAD);
  return 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
}

/** @param {number} x */
export function longitude(x) {
  return x * 360 - 180;
}

/** @param {number} y */
export function latitude(y) {
  return Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) / RAD;
}

/** World units a second of one knot at a latitude. @param {number} lat degrees */
export function knot(lat) {
  return KNOT / 360 / Math.max(0.01, Math.cos(lat * RAD));
}

/** For how many seconds a position is reckoned on. @param {number} now @param {number} at when it was received */
export function ahead(now, at) {
  return Math.max(0, Math.min(FREEZE_S, now - at));
}

/** What is left of a correction, from 1 to 0. @param {number} now @param {number} since when it began */
export function left(now, since) {
  const rest = 1 - Math.max(0, Math.min(1, (now - since) / EASE_S));
  return rest * rest;
}
