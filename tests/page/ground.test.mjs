// The embedded map's files, read as the page reads them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { cellsIn, clipped, readGround } from "../../flighttap/web/static/js/map/ground.js";

const file = (name) =>
  JSON.parse(readFileSync(new URL(`../../flighttap/web/static/basemap/${name}`, import.meta.url), "utf8"));
const ofKind = (features, kind) => features.filter((each) => each.properties.kind === kind);
const world = file("world.json");

const NOTHING = { land: [], borders: [], cities: null, airports: null };

test("points of a shape are the differences from the one before, in steps from the origin", () => {
  const { ground } = readGround({ ...NOTHING, origin: [10, 40], step: 0.5, borders: [[2, 4, 1, -1, 0, 6]] });
  assert.deepEqual(ground, [
    {
      type: "Feature",
      properties: { kind: "border" },
      geometry: {
        type: "MultiLineString",
        coordinates: [
          [
            [11, 42],
            [11.5, 41.5],
            [11.5, 44.5],
          ],
        ],
      },
    },
  ]);
});

test("rings are closed, and where a cell was cut there is no shore", () => {
  const square = [[0, 4, 4, 0, 0, 6, -4, 0]]; // its west side lies on the cell's edge
  const { ground } = readGround({ ...NOTHING, origin: [0, 0], step: 1, size: 20, land: [square] });
  const [land] = ofKind(ground, "land");
  assert.deepEqual(land.geometry.coordinates, [
    [
      [0, 4],
      [4, 4],
      [4, 10],
      [0, 10],
      [0, 4],
    ],
  ]);
  const [shore] = ofKind(ground, "shore");
  assert.deepEqual(shore.geometry.coordinates, [
    [
      [0, 4],
      [4, 4],
      [4, 10],
      [0, 10],
    ],
  ]);
  const [water] = ofKind(ground, "water");
  assert.deepEqual(water.geometry.coordinates[0][2], [20, 20]);
});

test("names come in the order of their rank, those of the world before those of a cell", () => {
  const cities = { names: ["Big", "Small"], at: [1, 2, 3, 4], zooms: [2, 7] };
  const far = readGround({ ...NOTHING, origin: [0, 0], step: 1, cities });
  const near = readGround({ ...NOTHING, origin: [0, 0], step: 1, size: 20, cities });
  assert.deepEqual(
    far.places.map((each) => each.properties),
    [
      { kind: "city", name: "Big", zoom: 2, rank: 0 },
      { kind: "city", name: "Small", zoom: 7, rank: 1 },
    ],
  );
  assert.ok(near.places[0].properties.rank > far.places[1].properties.rank);
  assert.deepEqual(far.places[1].geometry.coordinates, [3, 4]);
});

test("the cells of a view, also across the antimeridian and beyond a whole turn", () => {
  assert.deepEqual(cellsIn({ west: 1, south: 31, east: 9, north: 49 }), [6 * 18 + 9]);
  assert.deepEqual(cellsIn({ west: -1, south: 29, east: 1, north: 31 }), [
    5 * 18 + 8,
    5 * 18 + 9,
    6 * 18 + 8,
    6 * 18 + 9,
  ]);
  assert.deepEqual(cellsIn({ west: 175, south: -20, east: 185, north: -19 }), [3 * 18 + 17, 3 * 18]);
  assert.equal(cellsIn({ west: -700, south: -95, east: 700, north: 95 }).length, 18 * 9);
});

test("what is cut out of polygons and lines is what lies in the box", () => {
  /** @type {[number, number, number, number]} */
  const box = [0, 0, 10, 10];
  const area = (...coordinates) => ({
    type: "Feature",
    properties: { kind: "land" },
    geometry: { type: "Polygon", coordinates },
  });
  const lines = (...coordinates) => ({
    type: "Feature",
    properties: { kind: "shore" },
    geometry: { type: "MultiLineString", coordinates },
  });
  const square = (x, y, size) => [
    [x, y],
    [x + size, y],
    [x + size, y + size],
    [x, y + size],
    [x, y],
  ];
  const size = (ring) =>
    Math.abs(ring.slice(1).reduce((sum, [x, y], i) => sum + (ring[i][0] * y - x * ring[i][1]) / 2, 0));
  const cut = (...features) => clipped(/** @type {any} */ (features), box);
  assert.deepEqual(
    cut(area(square(2, 2, 3))).map(({ geometry }) => size(geometry.coordinates[0])),
    [9],
  );
  assert.deepEqual(
    cut(area(square(-5, 8, 10))).map(({ geometry }) => size(geometry.coordinates[0])),
    [10],
  );
  const [around] = cut(area(square(-50, -50, 100), square(4, 4, 2), square(20, 20, 2)));
  assert.deepEqual(around.geometry.coordinates.map(size), [100, 4]);
  for (const [first, last] of around.geometry.coordinates.map((ring) => [ring[0], ring[ring.length - 1]]))
    assert.deepEqual(first, last);
  assert.deepEqual(
    cut(
      area(square(11, 0, 5)),
      lines([
        [-3, 5],
        [-1, 5],
      ]),
    ),
    [],
  );
  const out = [
    [-2, 5],
    [-1, 5],
    [3, 5],
    [12, 5],
    [13, 5],
    [14, 5],
    [9, 9],
    [20, 9],
  ];
  assert.deepEqual(cut(lines(out))[0].geometry.coordinates, [
    [
      [-1, 5],
      [3, 5],
      [12, 5],
    ],
    [
      [14, 5],
      [9, 9],
      [20, 9],
    ],
  ]);
  const { ground } = readGround(world);
  const part = clipped(ground, [-5, 45, 15, 56]);
  const count = (features) =>
    features.flatMap(({ geometry }) => geometry.coordinates).reduce((sum, line) => sum + line.length, 0);
  assert.ok(count(part) < count(ground) / 10);
  assert.ok(part.some(({ properties }) => properties.kind === "border"));
});

test("no line of the real map runs across the world, and no shore along the antimeridian or round the pole", () => {
  const { ground } = readGround(world);
  const lines = ground.flatMap(({ geometry }) => /** @type {number[][][]} */ (geometry.coordinates));
  assert.ok(lines.length > 3000);
  const jumps = lines.flatMap((line) => line.slice(1).filter(([x], i) => Math.abs(x - line[i][0]) > 60));
  const south = jumps.filter(([, y]) => y < -85); // Antarctica is closed below the edge of the map
  assert.deepEqual(jumps, south);
  for (const { geometry } of ofKind(ground, "shore")) {
    for (const line of geometry.coordinates) {
      for (let i = 1; i < line.length; i++) {
        const upright = line[i][0] === line[i - 1][0] && Math.abs(line[i][0]) % 360 === 180;
        assert.ok(!upright, `a shore along the antimeridian at ${line[i]}`);
      }
    }
  }
});

test("cities and land of the real map are where they are on earth", () => {
  const { places } = readGround(file(`cells/${cellsIn({ west: 4, south: 52, east: 5, north: 53 })[0]}.json`));
  const away = (name, lon, lat) => {
    const [x, y] = /** @type {number[]} */ (places.find((each) => each.properties.name === name).geometry.coordinates);
    return Math.hypot(x - lon, y - lat);
  };
  assert.ok(away("Leiden", 4.493, 52.158) < 0.02);
  assert.ok(away("EHRD", 4.437, 51.957) < 0.02);
  const { ground } = readGround(world);
  const at = (x, y) => ofKind(ground, "land").some(({ geometry }) => inside(x, y, geometry.coordinates[0]));
  for (const [x, y] of [
    [2.3, 48.8],
    [-100, 40],
    [25, -25],
    [134, -25],
    [0, -80],
    [179, 68],
  ])
    assert.ok(at(x, y), `land at ${x} ${y}`);
  for (const [x, y] of [
    [-30, 30],
    [80, -10],
    [-150, 0],
    [5, 56],
  ])
    assert.ok(!at(x, y), `water at ${x} ${y}`);
});

/** Whether a point lies in a ring, by counting what it crosses to the east. */
function inside(x, y, ring) {
  let odd = false;
  for (let i = 1; i < ring.length; i++) {
    const [[x1, y1], [x2, y2]] = [ring[i - 1], ring[i]];
    if (y1 > y !== y2 > y && x < x1 + ((y - y1) / (y2 - y1)) * (x2 - x1)) odd = !odd;
  }
  return odd;
}
