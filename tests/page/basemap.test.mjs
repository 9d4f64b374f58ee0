// When the embedded map fetches its cells, with a map and a server that the test plays.
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Basemap } from "../../flighttap/web/static/js/map/basemap.js";

const TOKENS = { land: "#1", water: "#2", coast: "#3", line: "#4", text: "#5", muted: "#6", accent: "#7" };
const EMPTY = { origin: [0, 0], step: 1, land: [], borders: [], cities: null, airports: null };

class FakeMap {
  constructor(zoom, west) {
    this.zoom = zoom;
    this.west = west;
    this.data = {};
    this.moves = [];
  }
  on(name, call) {
    assert.equal(name, "move");
    this.moves.push(call);
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
    for (const call of this.moves) call();
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

test("the style names no address of anybody, no fonts to fetch, and each layer once", () => {
  const style = new Basemap(TOKENS, null, async () => ({ ...EMPTY, cells: [] })).style();
  assert.equal(JSON.stringify(style).includes("http"), false);
  assert.equal(style.glyphs, undefined);
  const ids = style.layers.map((each) => each.id);
  assert.equal(new Set(ids).size, ids.length);
});
