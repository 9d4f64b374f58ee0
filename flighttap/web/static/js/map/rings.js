/**
 * Lines on the map that stand still: range rings around the receiver, the farthest it heard by direction,
 * and the line of a measurement.
 */

import { degrees } from "../pure/format.js";
import { bearing, circle, destination, distance, ringSteps, turned } from "../pure/geo.js";
import { measure, reverted, unitOf } from "../pure/units.js";

/** @typedef {import("../pure/units.js").Units} Units */
/** @typedef {{lat: number, lon: number}} Spot */
/** @typedef {import("geojson").Feature} Feature */

const SOURCE = "lines";
const LAYERS = ["ring", "outline", "measure", "ring-label"];
const STEPS = 64; // of a great circle

/** What a measurement says. @param {Spot} from @param {Spot} to @param {Units} units */
export function measured(from, to, units) {
  const nm = distance(from.lat, from.lon, to.lat, to.lon);
  return `${measure(nm, "distance", units)} · ${degrees(bearing(from.lat, from.lon, to.lat, to.lon))}`;
}

/** The great circle between two places, its longitudes running on past ±180. @param {Spot} from @param {Spot} to */
export function arc(from, to) {
  const nm = distance(from.lat, from.lon, to.lat, to.lon);
  const course = bearing(from.lat, from.lon, to.lat, to.lon);
  const points = [[from.lon, from.lat]];
  for (let step = 1; step <= STEPS; step += 1) {
    const [lat, lon] = destination(from.lat, from.lon, course, (nm * step) / STEPS);
    const [before] = points[points.length - 1];
    points.push([before + turned(lon - before), lat]);
  }
  return points;
}

/** @param {Spot} place @param {number} span nm that the view reaches @param {Units} units @returns {Feature[]} */
export function rings({ lat, lon }, span, units) {
  const unit = unitOf("distance", units);
  return ringSteps(span * (1 / reverted(1, "distance", units))).flatMap((step) => {
    const ring = circle(lat, lon, reverted(step, "distance", units));
    return [
      feature("ring", { type: "LineString", coordinates: ring }),
      feature("label", { type: "Point", coordinates: ring[0] }, { text: `${step} ${unit}` }),
    ];
  });
}

/** A closed outline through the farthest points, by direction. @param {[number, number][]} points longitude and latitude @param {Spot} around @returns {Feature[]} */
export function outline(points, around) {
  if (points.length < 3) return [];
  const ring = points.map(([lon, lat]) => [around.lon + turned(lon - around.lon), lat]);
  return [feature("outline", { type: "LineString", coordinates: [...ring, ring[0]] })];
}

/** @param {string} kind @param {import("geojson").Geometry} geometry @param {Record<string, string>} [more] @returns {Feature} */
function feature(kind, geometry, more = {}) {
  return { type: "Feature", properties: { kind, ...more }, geometry };
}

export class Lines {
  constructor() {
    /** @type {import("maplibre-gl").Map|null} */
    this._map = null;
    /** @type {Map<string, Feature[]>} */
    this._parts = new Map();
    this._colours = { muted: "#888", accent: "#08f", halo: "#000" };
  }

  /** Put the layers into a style that was just loaded. @param {import("maplibre-gl").Map} map */
  attach(map) {
    this._map = map;
    if (map.getSource(SOURCE)) return;
    map.addSource(SOURCE, { type: "geojson", data: this._data() });
    const { muted, accent, halo } = this._colours;
    const of = (/** @type {string} */ kind) => /** @type {any} */ (["==", ["get", "kind"], kind]);
    map.addLayer({
      id: "ring",
      type: "line",
      source: SOURCE,
      filter: of("ring"),
      paint: { "line-color": muted, "line-opacity": 0.4, "line-width": 1 },
    });
    map.addLayer({
      id: "outline",
      type: "line",
      source: SOURCE,
      filter: of("outline"),
      paint: { "line-color": accent, "line-opacity": 0.5, "line-width": 1 },
    });
    map.addLayer({
      id: "measure",
      type: "line",
      source: SOURCE,
      filter: of("measure"),
      paint: { "line-color": accent, "line-width": 1.5, "line-dasharray": [4, 3] },
    });
    map.addLayer({
      id: "ring-label",
      type: "symbol",
      source: SOURCE,
      filter: of("label"),
      layout: {
        "text-field": ["get", "text"],
        "text-font": ["system-ui"],
        "text-size": 11,
        "text-allow-overlap": true,
      },
      paint: { "text-color": muted, "text-halo-color": halo, "text-halo-width": 1.5 },
    });
    this._show();
  }

  /** @param {{muted: string, accent: string, halo: string}} colours */
  paint(colours) {
    this._colours = colours;
    const map = this._map;
    if (!map?.getLayer("ring")) return;
    map.setPaintProperty("ring", "line-color", colours.muted);
    map.setPaintProperty("outline", "line-color", colours.accent);
    map.setPaintProperty("measure", "line-color", colours.accent);
    map.setPaintProperty("ring-label", "text-color", colours.muted);
    map.setPaintProperty("ring-label", "text-halo-color", colours.halo);
  }

  /** Replace one kind of lines. @param {"rings"|"outline"|"measure"} name @param {Feature[]} features */
  set(name, features) {
    if (features.length === 0 && !this._parts.get(name)?.length) return;
    this._parts.set(name, features);
    const source = /** @type {import("maplibre-gl").GeoJSONSource|undefined} */ (this._map?.getSource(SOURCE));
    if (!source) return;
    source.setData(this._data());
    this._show();
  }

  /** Only with something to draw: tiles with nothing in them cost a drawing, too. */
  _show() {
    const some = [...this._parts.values()].some((features) => features.length > 0);
    for (const id of LAYERS) this._map?.setLayoutProperty(id, "visibility", some ? "visible" : "none");
  }

  /** The line of a measurement. @param {Spot|null} from @param {Spot|null} to */
  measure(from, to) {
    const line = from && to ? [feature("measure", { type: "LineString", coordinates: arc(from, to) })] : [];
    this.set("measure", line);
  }

  /** @returns {import("geojson").FeatureCollection} */
  _data() {
    return { type: "FeatureCollection", features: [...this._parts.values()].flat() };
  }
}
