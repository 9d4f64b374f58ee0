// Which aircraft are named, where their labels stand, and what they say.
import assert from "node:assert/strict";
import { test } from "node:test";
import { textOf } from "../../flighttap/web/static/js/map/labels.js";
import { place } from "../../flighttap/web/static/js/map/placement.js";
import { leading, rank } from "../../flighttap/web/static/js/map/ranking.js";
import { sky, T } from "./skies.mjs";

const label = (key, x, y, more = {}) => ({ key, x, y, radius: 10, width: 50, height: 14, always: false, ...more });
/** @type {import("../../flighttap/web/static/js/map/placement.js").Rectangle} */
const area = [0, 0, 800, 600];

function boxes(candidates, placed) {
  return placed.map(({ key, left, top }) => {
    const of = candidates.find((each) => each.key === key);
    return [of.x + left, of.y + top, of.x + left + of.width, of.y + top + of.height];
  });
}

test("no two labels overlap, whatever the crowd, and none leaves the map", () => {
  let seed = 3;
  const random = (below) => {
    seed = (seed * 1103515245 + 12345) & 0x7fffffff;
    return (seed / 0x7fffffff) * below;
  };
  const candidates = Array.from({ length: 300 }, (_, index) =>
    label(`k${index}`, random(800), random(600), { width: 30 + random(60) }),
  );
  const placed = boxes(candidates, place(candidates, area, 200));
  assert.ok(placed.length > 30, String(placed.length));
  placed.forEach((one, index) => {
    assert.ok(one[0] >= 0 && one[1] >= 0 && one[2] <= 800 && one[3] <= 600);
    for (const other of placed.slice(index + 1)) {
      assert.ok(
        one[2] <= other[0] || other[2] <= one[0] || one[3] <= other[1] || other[3] <= one[1],
        `${one} ${other}`,
      );
    }
  });
});

test("the more important label wins, the other takes another side or goes", () => {
  const placed = place([label("first", 100, 100), label("second", 130, 100)], area, 80);
  assert.deepEqual(
    placed.map(({ key, side }) => [key, side]),
    [
      ["first", "left"],
      ["second", "right"],
    ],
  );
  const crowd = Array.from({ length: 9 }, (_, index) =>
    label(`k${index}`, 100 + (index % 3) * 6, 100 + Math.floor(index / 3) * 6),
  );
  assert.ok(place(crowd, area, 80).length < 9);
  assert.equal(
    place(
      Array.from({ length: 100 }, (_, index) =>
        label(`k${index}`, 40 + (index % 10) * 75, 40 + Math.floor(index / 10) * 55),
      ),
      area,
      30,
    ).length,
    30,
  );
});

test("a placed label keeps its side while it fits, and an icon that flies by does not drive it away", () => {
  const [{ side }] = place([label("a", 400, 300, { side: "above" })], area, 80);
  assert.equal(side, "above");
  const [beside] = place([label("a", 400, 300, { side: "right" }), label("b", 440, 300)], area, 80);
  assert.equal(beside.side, "right");
  const [fresh] = place([label("a", 400, 300), label("b", 440, 300)], area, 80);
  assert.equal(fresh.side, "left");
  const [edge] = place([label("a", 790, 300, { side: "right" })], area, 80);
  assert.equal(edge.side, "left");
});

test("what must be named is named even where it covers something", () => {
  const crowd = [
    label("a", 100, 100, { width: 300, height: 300 }),
    label("b", 100, 100, { width: 300, height: 300 }),
    label("c", 100, 100, { width: 300, height: 300 }),
  ];
  assert.ok(place(crowd, [0, 0, 300, 300], 80).length < 3);
  assert.equal(
    place(
      crowd.map((each) => ({ ...each, always: true })),
      [0, 0, 300, 300],
      80,
    ).length,
    3,
  );
});

test("labels say callsign, level, trend and speed, in the units that are read", () => {
  const { fleet, put } = sky();
  put(T, "4ca7b5", { flight: "RYR12AB", alt_baro: 36000, baro_rate: 800, gs: 447.2 });
  assert.equal(textOf(fleet, 0, false, "aviation"), "RYR12AB");
  assert.equal(textOf(fleet, 0, true, "aviation"), "RYR12AB\nFL360 ↑ 447");
  assert.equal(textOf(fleet, 0, true, "metric"), "RYR12AB\n10973 ↑ 828");
  put(T, "4ca7b5", { r: "EI-DWF", alt_baro: 4200, baro_rate: -900 });
  assert.equal(textOf(fleet, 0, true, "aviation"), "EI-DWF\n4200 ↓");
  put(T, "4ca7b5", { on_ground: true, gs: 12 });
  assert.equal(textOf(fleet, 0, true, "aviation"), "4CA7B5\nground 12");
  put(T, "4ca7b5", { flight: "KLM1", squawk: "7700" });
  assert.equal(textOf(fleet, 0, false, "aviation"), "KLM1 7700");
  put(T, "4ca7b5", { flight: "KLM1", emergency: "minfuel" });
  assert.equal(textOf(fleet, 0, false, "aviation"), "KLM1");
  put(T, "4ca7b5", { flight: "A\u202eB\nC" });
  assert.equal(textOf(fleet, 0, true, "aviation"), "ABC");
});

test("selected come first, then emergencies, watched, and the lower before the higher", () => {
  const { fleet, put } = sky();
  put(T, "aaaaaa", { alt_baro: 40000 });
  put(T, "bbbbbb", { alt_baro: 2000 });
  put(T, "cccccc", { squawk: "7600", alt_baro: 9000 });
  put(T, "dddddd", {});
  put(T, "eeeeee", { on_ground: true });
  put(T, "ffffff", { alt_baro: 41000 });
  const who = { selected: new Set(["ffffff"]), watched: new Set(["aaaaaa"]), hovered: null };
  const slots = Uint32Array.from(fleet.key.keys());
  const order = leading(fleet, slots, who, 99).map(({ slot }) => fleet.key[slot]);
  assert.deepEqual(order, ["ffffff", "cccccc", "aaaaaa", "bbbbbb", "dddddd", "eeeeee"]);
});

test("the first of many are those that sorting all would give", () => {
  const { fleet, put } = sky();
  let seed = 5;
  for (let index = 0; index < 700; index += 1) {
    seed = (seed * 1103515245 + 12345) & 0x7fffffff;
    put(T, index.toString(16).padStart(6, "0"), {
      alt_baro: seed % 45000,
      squawk: index % 100 ? "1000" : "7700",
      on_ground: index % 7 === 0,
    });
  }
  const who = { selected: new Set(["000005"]), watched: new Set(), hovered: "000009" };
  const slots = Uint32Array.from(fleet.key.keys());
  const all = [...slots].map((slot) => rank(fleet, slot, who)).sort((one, other) => one - other);
  for (const most of [1, 10, 240, 700, 900]) {
    const found = leading(fleet, slots, who, most);
    assert.deepEqual(
      found.map(({ value }) => Math.fround(value)),
      all.slice(0, most).map(Math.fround),
    );
  }
});
