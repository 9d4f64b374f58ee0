import assert from "node:assert/strict";
import { test } from "node:test";

import { SHAPES, shapeOf } from "../../flighttap/web/static/js/pure/shapes.js";
import * as fleets from "../../flighttap/web/static/js/state/fleet.js";

const { Fleet } = fleets;

/** Rows of a binary message: [address, flags, lon, lat, alt/25, gs*10, track, rate/64, age*4]. */
function rows(...each) {
  const view = new DataView(new ArrayBuffer(each.length * 20));
  each.forEach(([address, flags, lon = 0, lat = 0, alt = 0, gs = 0, track = 0, rate = 0, age = 0], index) => {
    const at = index * 20;
    view.setUint32(at, ((flags << 24) | address) >>> 0, true);
    view.setInt32(at + 4, Math.round(lon * 1e7), true);
    view.setInt32(at + 8, Math.round(lat * 1e7), true);
    view.setInt16(at + 12, alt, true);
    view.setUint16(at + 14, gs, true);
    view.setUint16(at + 16, track, true);
    view.setInt8(at + 18, rate);
    view.setUint8(at + 19, age);
  });
  return view;
}

function holding(...keys) {
  const fleet = new Fleet(2);
  for (const key of keys) fleet.put(key, { flight: key.toUpperCase() }, 100);
  fleet.commit();
  return fleet;
}

test("forgetting moves the last one in, and followers are told in an order they can repeat", () => {
  const fleet = holding("aaaaaa", "bbbbbb", "cccccc", "dddddd", "eeeeee");
  const mine = fleet.key.slice();
  fleet.onApplied(({ moves }) => {
    for (const [from, to] of moves) {
      mine[to] = mine[from];
      mine.length = from;
    }
  });
  for (const key of ["eeeeee", "bbbbbb", "aaaaaa", "nobody"]) fleet.forget(key);
  fleet.put("ffffff", {}, 101);
  fleet.commit();
  assert.deepEqual(mine, fleet.key.slice(0, 2));
  assert.equal(fleet.count, 3);
  for (const [slot, key] of fleet.key.entries()) {
    assert.equal(fleet.slot(key), slot);
    assert.equal(fleet.record[slot].flight, key === "ffffff" ? undefined : key.toUpperCase());
  }
  assert.equal(fleet.slot("aaaaaa"), -1);
});

test("what a message did is told once: what is new, what changed, what is gone, which slots", () => {
  const fleet = holding("aaaaaa", "bbbbbb", "cccccc");
  const told = [];
  const stop = fleet.onApplied(({ whole, added, changed, removed, touched }) =>
    told.push({ whole, added, changed, removed, touched: [...touched].sort() }),
  );
  fleet.merge("bbbbbb", { squawk: "7700" }, 101);
  fleet.merge("bbbbbb", { gs: 100 }, 101);
  fleet.put("dddddd", {}, 101);
  fleet.motion(rows([0xaaaaaa, 0]), 101);
  fleet.commit();
  assert.deepEqual(told, [
    { whole: false, added: ["dddddd"], changed: ["bbbbbb", "aaaaaa"], removed: [], touched: [0, 1, 3] },
  ]);
  const { version } = fleet;
  fleet.forget("aaaaaa");
  fleet.commit();
  assert.deepEqual(told[1], { whole: false, added: [], changed: ["dddddd"], removed: ["aaaaaa"], touched: [0] });
  assert.equal(fleet.version, version + 1);
  stop();
  fleet.commit();
  assert.equal(told.length, 2);
});

test("a row says all there is to know of the motion, and what it does not say is not known", () => {
  const fleet = holding("4ca7b5");
  fleet.motion(rows([0x4ca7b5, 8 + 16 + 32 + 64 + 128, 4.5, 52.25, 1440, 4472, 0x4000, -10, 2]), 200);
  assert.deepEqual(
    { ...fleet.row(0) },
    { hex: "4ca7b5", flight: "4CA7B5", lat: 52.25, lon: 4.5, alt_baro: 36000, gs: 447.2, track: 90, baro_rate: -640 },
  );
  assert.equal(fleet.posAt[0], 199.5);
  fleet.motion(rows([0x4ca7b5, 2 + 4 + 16, 0, 0, 4]), 201);
  assert.deepEqual({ ...fleet.row(0) }, { hex: "4ca7b5", flight: "4CA7B5", alt_geom: 100, on_ground: true });
  assert.ok(Number.isNaN(fleet.posAt[0]));
  assert.equal(fleet.motion(rows([0x4ca7b5, 0], [0x00abcd, 1]), 202), "~00abcd");
});

test("the same position told again is not a newer one within the steps of its age", () => {
  const fleet = holding("4ca7b5");
  fleet.motion(rows([0x4ca7b5, 8, 4, 52, 0, 0, 0, 0, 1]), 200);
  fleet.motion(rows([0x4ca7b5, 8, 4, 52, 0, 0, 0, 0, 5]), 201.2);
  assert.equal(fleet.posAt[0], 199.75);
  fleet.motion(rows([0x4ca7b5, 8, 4, 52, 0, 0, 0, 0, 0]), 203);
  assert.equal(fleet.posAt[0], 203);
});

test("values carry the time of their last change", () => {
  const fleet = holding("4ca7b5");
  const all = 8 + 16 + 32 + 64 + 128;
  fleet.motion(rows([0x4ca7b5, all, 4, 52, 100, 1000, 5, 1]), 200);
  fleet.motion(rows([0x4ca7b5, all, 4, 53, 100, 1000, 6, 1]), 210);
  const since = (name) => fleet.changedAt(0, name);
  assert.deepEqual(["lat", "alt_baro", "gs", "track", "baro_rate", "flight", "squawk"].map(since), [
    210,
    200,
    200,
    210,
    200,
    100,
    undefined,
  ]);
  fleet.motion(rows([0x4ca7b5, 0]), 220);
  assert.deepEqual(["lat", "gs", "baro_rate"].map(since), [undefined, undefined, undefined]);
});

test("in JSON the geometric value stands in for the barometric one and both are told", () => {
  const fleet = new Fleet();
  fleet.put("flight:A", { alt_geom: 1200, geom_rate: 64 }, 1);
  assert.deepEqual([fleet.alt[0], fleet.rate[0]], [1200, 64]);
  fleet.merge("flight:A", { alt_baro: 1000, baro_rate: -64 }, 2);
  assert.deepEqual([fleet.alt[0], fleet.rate[0]], [1000, -64]);
  assert.deepEqual(
    { ...fleet.row(0) },
    { key: "flight:A", alt_baro: 1000, alt_geom: 1200, baro_rate: -64, geom_rate: 64 },
  );
  fleet.merge("flight:A", { alt_geom: 1250 }, 3);
  assert.equal(fleet.alt[0], 1000);
  fleet.merge("flight:A", { alt_baro: null, baro_rate: null }, 4);
  assert.deepEqual({ ...fleet.row(0) }, { key: "flight:A", alt_geom: 1250, geom_rate: 64 });
  assert.equal(fleet.changedAt(0, "alt_geom"), 3);
  fleet.merge("flight:A", { alt_geom: null, alt_baro: "ground" }, 5);
  assert.deepEqual({ ...fleet.row(0) }, { key: "flight:A", on_ground: true, geom_rate: 64 });
});

test("flags follow what the record says", () => {
  const fleet = new Fleet();
  const of = (fields, key = "~a1b2c3") => {
    fleet.put(key, fields, 1);
    return fleet.flags[fleet.slot(key)];
  };
  assert.equal(of({}), fleets.NON_ICAO);
  assert.equal(of({}, "flight:~AAAAA"), 0);
  assert.equal(of({ type: "member", on_ground: true }, "aaaaaa"), fleets.MEMBER | fleets.GROUND);
  assert.equal(of({ type: "mlat" }, "aaaaaa"), fleets.INDIRECT);
  assert.equal(of({ type: "tisb_icao", squawk: "7600" }, "aaaaaa"), fleets.INDIRECT | fleets.EMERGENCY);
  assert.equal(of({ category: "A7" }, "aaaaaa"), 0);
  fleet.merge("aaaaaa", { squawk: "7700" }, 2);
  assert.equal(fleet.flags[fleet.slot("aaaaaa")], fleets.EMERGENCY);
  fleet.merge("aaaaaa", { squawk: "1000" }, 3);
  assert.equal(fleet.flags[fleet.slot("aaaaaa")], 0);
});

test("a value of the wrong type is not known", () => {
  const fleet = new Fleet();
  fleet.put(
    "id:1",
    { lat: "x", lon: 4, gs: {}, track: Number.POSITIVE_INFINITY, alt_baro: [], type: { a: 1 }, category: 7, t: 9 },
    1,
  );
  assert.deepEqual(
    [fleet.lat[0], fleet.gs[0], fleet.track[0], fleet.alt[0], fleet.posAt[0]],
    [NaN, NaN, NaN, NaN, NaN],
  );
  assert.equal(fleet.shape[0], 0);
});

test("a thousand come and go and every one is found where it is", () => {
  const fleet = new Fleet(1);
  const held = new Map();
  let seed = 7;
  const random = (below) => {
    seed = (seed * 1103515245 + 12345) & 0x7fffffff;
    return seed % below;
  };
  for (let step = 0; step < 3000; step += 1) {
    const key = random(1000).toString(16).padStart(6, "0");
    if (random(3) === 0) {
      fleet.forget(key);
      held.delete(key);
    } else {
      fleet.put(key, { lat: step / 100, lon: 1, squawk: String(step) }, step);
      held.set(key, step);
    }
    if (random(5) === 0) fleet.commit();
  }
  assert.equal(fleet.count, held.size);
  assert.equal(fleet.key.length, held.size);
  for (const [key, step] of held) {
    const slot = fleet.slot(key);
    assert.deepEqual(
      [fleet.lat[slot], fleet.record[slot].squawk, fleet.heardAt[slot], fleet.key[slot]],
      [step / 100, String(step), step, key],
    );
  }
  fleet.clear();
  assert.equal(fleet.count, 0);
  assert.equal(fleet.slot([...held.keys()][0]), -1);
});

test("a silhouette goes by type, else by category", () => {
  const named = (category, type) => SHAPES[shapeOf(category, type)];
  for (const [type, shape] of [
    ["B738", "airliner"],
    ["A20N", "airliner"],
    ["A321", "airliner"],
    ["BCS3", "airliner"],
    ["E190", "airliner"],
    ["E75L", "airliner"],
    ["B77W", "heavy"],
    ["B744", "heavy"],
    ["B789", "heavy"],
    ["A388", "heavy"],
    ["A332", "heavy"],
    ["A359", "heavy"],
    ["C17", "heavy"],
    ["A310", "heavy"],
    ["GLF6", "jet"],
    ["C56X", "jet"],
    ["CRJ9", "jet"],
    ["E35L", "jet"],
    ["H25B", "jet"],
    ["E55P", "jet"],
    ["PC24", "jet"],
    ["AT76", "turboprop"],
    ["DH8D", "turboprop"],
    ["PC12", "turboprop"],
    ["B350", "turboprop"],
    ["C208", "turboprop"],
    ["EC35", "helicopter"],
    ["A139", "helicopter"],
    ["R44", "helicopter"],
    ["A109", "helicopter"],
    ["H60", "helicopter"],
    ["B06", "helicopter"],
    ["F16", "fighter"],
    ["EUFI", "fighter"],
    ["C172", "light"],
    ["CH60", "light"],
    ["R200", "unknown"],
    ["P28A", "light"],
    ["SR22", "light"],
    ["DA42", "light"],
    ["DG80", "glider"],
    ["BALL", "balloon"],
    ["Q9", "uav"],
  ]) {
    assert.equal(named(undefined, type), shape, type);
  }
  assert.equal(named("A5", undefined), "heavy");
  assert.equal(named("A1", "B738"), "airliner");
  assert.equal(named("C2", "ZZZZ"), "vehicle");
  assert.equal(named(undefined, undefined), "unknown");
  assert.equal(named("<b>", "<script>"), "unknown");
});
