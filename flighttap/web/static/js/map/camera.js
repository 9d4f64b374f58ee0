/** Where the map looks: going somewhere, following a flight, and telling others what is seen. */
import { turned } from "../pure/geo.js";

const SETTLED_MS = 250; // after the last move of the map
const FOLLOWED_MS = 2000; // from one report to the next while the map follows a flight
const GLIDE_MS = 400;
const ZOOM_MS = 200;
const DOCK_MS = 160;
const CLOSEST_FIT = 9; // zoom

/** @typedef {import("maplibre-gl").Map} GlMap */
/** @typedef {{lat: number, lon: number}} Spot */
/** @typedef {{left: number, top: number, right: number, bottom: number}} Insets pixels */
/** @typedef {{bbox: [number, number, number, number], zoom: number}} Seen west, south, east, north */

export class Camera {
  /**
   * @param {GlMap} gl
   * @param {object} parts
   * @param {() => boolean} parts.calm whether nothing may glide
   * @param {(seen: Seen, middle: Spot) => void} parts.onSeen once it stands still, and now and then while it follows
   */
  constructor(gl, { calm, onSeen }) {
    this._gl = gl;
    this._calm = calm;
    this._onSeen = onSeen;
    /** Whether a person or a glide moves it now. */
    this.moving = false;
    /** @type {ReturnType<typeof setTimeout>|undefined} */
    this._reporting = undefined;
    gl.on("movestart", (event) => (this.moving = !("following" in event)));
    gl.on("moveend", (event) => this._ended("following" in event));
  }

  /** Go somewhere. @param {{lat: number, lon: number, zoom?: number}} place */
  go({ lat, lon, zoom }) {
    const to = { center: /** @type {[number, number]} */ ([lon, lat]), ...(zoom !== undefined && { zoom }) };
    if (this._calm()) this._gl.jumpTo(to);
    else this._gl.easeTo({ ...to, duration: GLIDE_MS });
  }

  /** Keep a place in the middle, one step of many. @param {Spot} place */
  keep({ lat, lon }) {
    this._gl.jumpTo({ center: [lon, lat] }, { following: true });
  }

  /** Whether a flight is followed: then the wheel zooms around the middle. @param {boolean} on */
  following(on) {
    const around = on ? /** @type {const} */ ({ around: "center" }) : undefined;
    this._gl.scrollZoom.enable(around);
    this._gl.touchZoomRotate.enable(around);
    this._gl.touchZoomRotate.disableRotation();
  }

  /** Show a box. @param {[number, number, number, number]} box west, south, east, north */
  fit(box) {
    this._gl.fitBounds(box, { padding: 48, maxZoom: CLOSEST_FIT, animate: false });
  }

  /** @param {number} steps */
  zoomBy(steps) {
    this._gl.easeTo({ zoom: this._gl.getZoom() + steps, duration: this._calm() ? 0 : ZOOM_MS });
  }

  /** What covers the map at its edges: its middle is the middle of the rest. @param {Insets} insets @param {boolean} glide */
  pad(insets, glide) {
    if (glide && !this._calm()) this._gl.easeTo({ padding: insets, duration: DOCK_MS });
    else this._gl.setPadding(insets);
  }

  /** What is on the screen, degrees; west and east run on beyond ±180. @returns {import("./census.js").Bounds} */
  get bounds() {
    const bounds = this._gl.getBounds();
    return { west: bounds.getWest(), south: bounds.getSouth(), east: bounds.getEast(), north: bounds.getNorth() };
  }

  /** Metres that a CSS pixel is wide in the middle. */
  get metresPerPixel() {
    return around(this._gl.getCenter().lat) / (512 * 2 ** this._gl.getZoom());
  }

  /** @param {boolean} following */
  _ended(following) {
    this.moving = false;
    if (following && this._reporting !== undefined) return;
    clearTimeout(this._reporting);
    this._reporting = setTimeout(() => this._report(), following ? FOLLOWED_MS : SETTLED_MS);
  }

  _report() {
    this._reporting = undefined;
    const { west, south, east, north } = this.bounds;
    const { lat, lng } = this._gl.getCenter();
    this._onSeen({ bbox: [west, south, east, north], zoom: this._gl.getZoom() }, { lat, lon: turned(lng) });
  }
}

/** The zoom at which a CSS pixel is so many metres wide. Pure. @param {number} metres @param {number} lat */
export function zoomOf(metres, lat) {
  return Math.log2(around(lat) / (512 * metres));
}

/** Metres around the world along a parallel, as the map draws it. @param {number} lat */
function around(lat) {
  return 40075016.686 * Math.cos((lat * Math.PI) / 180);
}

/**
 * The box around all positions, on the shorter way round the world; null where there are none.
 *
 * @param {import("../state/fleet.js").Fleet} fleet
 * @returns {[number, number, number, number]|null}
 */
export function boxOf(fleet) {
  let [south, north] = [90, -90];
  const lons = [];
  for (let slot = 0; slot < fleet.count; slot += 1) {
    if (Number.isNaN(fleet.lat[slot])) continue;
    south = Math.min(south, fleet.lat[slot]);
    north = Math.max(north, fleet.lat[slot]);
    lons.push(fleet.lon[slot]);
  }
  if (lons.length === 0) return null;
  lons.sort((one, other) => one - other);
  let widest = lons[0] + 360 - lons[lons.length - 1];
  let west = lons[0];
  for (let at = 1; at < lons.length; at += 1) {
    const gap = lons[at] - lons[at - 1];
    if (gap > widest) [widest, west] = [gap, lons[at]];
  }
  return [west, south, west + 360 - widest, north];
}
