/**
 * The peer: OpenLayers with a WebGL vector layer, fed with the same frames.
 *
 * As its examples and tar1090 do it: a feature an aircraft, its point and its attributes set anew with
 * each update, one symbol turned by the track and coloured by the altitude, land and borders below. It
 * does not move aircraft between updates and draws no labels and no trails.
 */
import { readGround } from "/static/js/map/ground.js";
import { Sky } from "./feed.js";

/** @type {any} */
const ol = globalThis.ol;
const asked = new URLSearchParams(location.search);
const number = (name, otherwise) => Number(asked.get(name) ?? otherwise);
const where = { lat: number("lat", 50), lon: number("lon", 6), spread: number("spread", 12) };
const bulk = asked.get("way") === "bulk";

const sky = new Sky(number("n", 1000), where);
const place = (lon, lat) => ol.proj.fromLonLat([lon, lat]);
const features = new Map();
for (const { address, lon, lat, alt, track } of sky.aircraft) {
  features.set(
    address,
    new ol.Feature({ geometry: new ol.geom.Point(place(lon, lat)), alt, turn: (track * Math.PI) / 180 }),
  );
}
const source = new ol.source.Vector({ features: [...features.values()] });
const height = [
  "interpolate",
  ["linear"],
  ["get", "alt"],
  0,
  "#FFE27A",
  10000,
  "#82CA70",
  30000,
  "#3A93B8",
  45000,
  "#5B78C7",
];
const aircraft = new ol.layer.WebGLVector({
  source,
  style: {
    "shape-points": 3,
    "shape-radius": 8,
    "shape-scale": [0.7, 1],
    "shape-angle": ["get", "turn"],
    "shape-fill-color": height,
  },
});
const world = readGround(await (await fetch("/static/basemap/world.json")).json());
const reader = new ol.format.GeoJSON({ featureProjection: "EPSG:3857" });
const shapes = { type: "FeatureCollection", features: world.ground };
const ground = new ol.layer.Vector({
  source: new ol.source.Vector({ features: reader.readFeatures(shapes) }),
  background: "#0B1116",
  style: { "fill-color": "#141C23", "stroke-color": "#2F3D49", "stroke-width": 0.75 },
});
const view = new ol.View({ center: place(where.lon, where.lat), zoom: number("zoom", 6) + 1 }); // of tiles half as wide
const map = new ol.Map({ target: "map", layers: [ground, aircraft], view, controls: [] });

const made = [];
for (let index = 0; index < number("updates", 40); index += 1) {
  sky.step(1);
  made.push(sky.update());
}

/** One update: every aircraft moved since the last. */
function update() {
  const rows = new DataView(made.shift(), 40);
  const began = performance.now();
  if (bulk) source.clear(true);
  for (let at = 0; at < rows.byteLength; at += 20) {
    const feature = features.get(rows.getUint32(at, true) & 0xffffff);
    const turn = (rows.getUint16(at + 16, true) * 2 * Math.PI) / 65536;
    feature.set("alt", rows.getInt16(at + 12, true) * 25, true);
    feature.set("turn", turn, true);
    feature.getGeometry().setCoordinates(place(rows.getInt32(at + 4, true) / 1e7, rows.getInt32(at + 8, true) / 1e7));
  }
  if (bulk) source.addFeatures([...features.values()]);
  return performance.now() - began;
}

globalThis.bench = { map, update, sky, frames: 0 };
map.on("postrender", () => {
  globalThis.bench.frames += 1;
});
map.once("rendercomplete", () => {
  document.documentElement.dataset.ready = "true";
});
