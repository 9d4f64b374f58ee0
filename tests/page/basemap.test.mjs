// When the embedded map fetches its cells, with a map and a server that the test plays.
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Basemap } from "../../flighttap/web/static/js/map/basemap.js";
import { covered } from "../../flighttap/web/static/js/map/yielding.js";

const TOKENS = { land: "#1", water: "#2", coast: "#3", line: "#4", text: "#5", muted: "#6", accent: "#7" };
const EMPTY = { origin: [0, 0], step: 1, land: [], borders: [], cities: null, airports: null };

class FakeMap {
  constructor(zoom, west) {
    this.zoom = zoom;
    this.west = west;
    this.data = {};
    this.calls = { move: [], sourcedata: [], sourcedataloading: [] };
    this.loaded = true;
    this.opacity = {};
  }
  on(name, call) {
    this.calls[name].push(call);
    if (name === "sourcedata") setImmediate(() => call({ sourceId: "world" })); // what was set last can be drawn
  }
  off(name, call) {
    this.calls[name] = this.calls[name].filter((each) => each !== call);
  }
  isSourceLoaded() {
    return this.loaded;
  }
  getLayer() {
    return {};
  }
  setPaintProperty(id, name, value) {
    assert.equal(name, ["shore", "border"].includes(id) ? "line-opacity" : "fill-opacity");
    this.opacity[id] = value;
  }
  /** The tiles of the cells are being loaded, or are there again. */
  cells(loaded) {
    this.loaded = loaded;
    for (const call of this.calls[loaded ? "sourcedata" : "sourcedataloading"]) call({ sourceId: "cells" });
  }
  getZoom() {
    return this.zoom;
  }
  getBounds() {
    const { west } = this;
    return { getWest: () => west, getEast: () => west + 2, getSouth: () => 41, getNorth: () => 42 };
  }
  getSource(id) {
    return { setData: (data) => (this.data[id] = data.features) };
  }
  /** Go somewhere, and let what was fetched arrive. */
  async move(zoom, west) {
    Object.assign(this, { zoom, west });
    for (const call of this.calls.move) call();
    await new Promise((done) => setImmediate(done));
  }
}

async function shown(map, load) {
  const asked = [];
  const basemap = new Basemap(TOKENS, null, async (path) => {
    asked.push(path);
    if (path === "world.json") return { ...EMPTY, cells: [113, 117, 118, 119] };
    return load(path);
  });
  await basemap.attach(/** @type {any} */ (map));
  await new Promise((done) => setImmediate(done));
  return asked;
}

const cell = () => ({ ...EMPTY, size: 20 });

test("cells are fetched beyond zoom 7 only, each once, and none that there is not", async () => {
  const map = new FakeMap(3, 1);
  const asked = await shown(map, cell);
  assert.deepEqual(asked, ["world.json"]);
  await map.move(7.5, 1);
  await map.move(8, 2);
  assert.deepEqual(asked.splice(1), ["cells/117.json"]);
  await map.move(8, 19);
  assert.deepEqual(asked.splice(1), ["cells/118.json"]);
  await map.move(8, -19);
  await map.move(8, 1);
  assert.deepEqual(asked.splice(1), []);
  assert.equal(map.data.cells.filter((each) => each.properties.kind === "water").length, 2);
});

test("a cell that cannot be had is asked for again after a while, not at every move", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  let there = false;
  const map = new FakeMap(8, 1);
  const asked = await shown(map, () => {
    if (!there) throw new Error("no network");
    return cell();
  });
  for (let i = 0; i < 5; i++) await map.move(8, 1 + i / 10);
  assert.deepEqual(asked.splice(1), ["cells/117.json"]);
  there = true;
  mock.timers.tick(6000);
  await map.move(8, 1);
  assert.deepEqual(asked.splice(1), ["cells/117.json"]);
  assert.ok(map.data.cells.length > 0);
  mock.timers.reset();
});

test("the coarse ground and what covers it are drawn only where a cell is lacking", async () => {
  const drawn = { land: 1, lake: 1, border: 1, shore: 1, "fine-water": 1 };
  const hidden = { land: 0, lake: 0, border: 0, shore: 0, "fine-water": 0 };
  const map = new FakeMap(8, 1);
  await shown(map, cell);
  map.cells(false);
  map.cells(true);
  assert.deepEqual(map.opacity, hidden);
  map.cells(false);
  assert.deepEqual(map.opacity, drawn, "a tile is lacking");
  map.cells(true);
  assert.deepEqual(map.opacity, hidden);
  const arrives = map.move(8, 19);
  assert.deepEqual(map.opacity, drawn, "a cell is lacking");
  await arrives;
  map.cells(true);
  assert.deepEqual(map.opacity, hidden);
  await map.move(6.9, 19);
  assert.deepEqual(map.opacity, drawn, "farther out there are no cells");
});

test("a lake lies in the cells as in the world", async () => {
  const lakes = [[[25, 41, 10, 0, 0, 1, -10, 0]], [[-100, 10, 1, 0, 0, 1]]];
  const map = new FakeMap(8, 21);
  const basemap = new Basemap(TOKENS, null, async (path) =>
    path === "world.json" ? { ...EMPTY, lakes, cells: [118, 119] } : cell(),
  );
  await basemap.attach(/** @type {any} */ (map));
  await new Promise((done) => setImmediate(done));
  const found = () => map.data.cells.filter((each) => each.properties.kind === "lake");
  assert.equal(found().length, 1);
  assert.equal(Math.max(...found()[0].geometry.coordinates[0].map(([lon]) => lon)), 35);
});

test("at first only the part of the world that is seen is drawn, and all of it before its edge comes into view", async () => {
  const square = (x, y) => [[x, y, 1, 0, 0, 1, -1, 0]];
  const land = [square(1, 41), square(2, 42), square(30, 41), square(-100, 10)];
  const map = new FakeMap(6, 1); // sees from 1, 41 to 3, 42
  const basemap = new Basemap(TOKENS, null, async () => ({ ...EMPTY, land, cells: [] }));
  await basemap.attach(/** @type {any} */ (map));
  assert.ok(basemap.shown);
  const drawn = () => map.data.world.filter((each) => each.properties.kind === "land").length;
  assert.equal(drawn(), 2);
  await map.move(6, 1.9);
  assert.equal(drawn(), 2);
  await map.move(6, 2.1);
  assert.equal(drawn(), 4);
});

test("where much of the world is seen, or its edge, all of it is drawn at once", async () => {
  for (const [west, wide] of [
    [-30, 61],
    [178, 2],
  ]) {
    const map = new FakeMap(3, west);
    map.getBounds = () => ({ getWest: () => west, getEast: () => west + wide, getSouth: () => 0, getNorth: () => 1 });
    const land = [[[100, 50, 1, 0, 0, 1]]];
    const basemap = new Basemap(TOKENS, null, async () => ({ ...EMPTY, land, cells: [] }));
    await basemap.attach(/** @type {any} */ (map));
    assert.equal(map.data.world.filter((each) => each.properties.kind === "land").length, 1);
  }
});

test("the style names no address of anybody, no fonts to fetch, and each layer once", () => {
  const style = new Basemap(TOKENS, null, async () => ({ ...EMPTY, cells: [] })).style();
  assert.equal(JSON.stringify(style).includes("http"), false);
  assert.equal(style.glyphs, undefined);
  const ids = style.layers.map((each) => each.id);
  assert.equal(new Set(ids).size, ids.length);
});

test("names of places give way to labels of aircraft, and come back", async () => {
  const cities = { names: ["Hidden", "Brussels"], at: [2.5, 41.5, 2, 41.5], zooms: [12, 3] };
  const map = new FakeMap(7.5, 1);
  const states = [];
  Object.assign(map, {
    project: ([lon, lat]) => ({ x: lon * 100, y: lat * 10 }),
    setFeatureState: ({ source, id }, state) => states.push([source, map.data.places[id].properties.name, state]),
    removeFeatureState: ({ source }) => states.push([source]),
  });
  const basemap = new Basemap(TOKENS, null, async (path) =>
    path === "world.json" ? { ...EMPTY, cities, cells: [] } : cell(),
  );
  await basemap.attach(/** @type {any} */ (map));
  basemap.yieldTo([
    [190, 410, 230, 420],
    [245, 410, 260, 420],
  ]);
  assert.deepEqual(states.splice(0), [["places", "Brussels", { covered: true }]]);
  basemap.yieldTo([[200, 412, 240, 422]]);
  assert.deepEqual(states.splice(0), []);
  basemap.yieldTo([[300, 500, 340, 520]]);
  assert.deepEqual(states.splice(0), [["places", "Brussels", { covered: false }]]);
});

test("a place is covered wherever on the round world it is seen, and only where its name stands", () => {
  const city = (lon, name) => ({
    type: /** @type {const} */ ("Feature"),
    geometry: { type: /** @type {const} */ ("Point"), coordinates: [lon, 0] },
    properties: { name, kind: "city", zoom: 0 },
  });
  const project = (/** @type {[number, number]} */ [lon]) => ({ x: ((lon + 360) % 360) * 10, y: 0 });
  const view = { west: 170, south: -1, east: 195, north: 1 };
  const places = [city(-170, "Apia"), city(0, "Null"), city(175, "Suva"), city(175, "San Juan de los Morros")];
  const over = (label) => [...covered(places, [label], 5, view, project)];
  assert.deepEqual(over([1890, -5, 1910, 5]), [0]);
  assert.deepEqual(over([0, -5, 3600, 5]), [0, 2, 3]);
  assert.deepEqual(over([1750, 8, 1790, 12]), [3], "the second line of a long name");
  assert.deepEqual(over([1750, 15, 1790, 20]), []);
});
