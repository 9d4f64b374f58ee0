import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { LEG, Legs } from "../../flighttap/web/static/js/map/trailmesh.js";
import { Fleet } from "../../flighttap/web/static/js/state/fleet.js";
import { AFTER_GAP, NO_ALTITUDE, ON_GROUND, Trails, WORDS } from "../../flighttap/web/static/js/state/trails.js";

const START = 1795000000;
const vectors = JSON.parse(readFileSync(new URL("../data/trail_vectors.json", import.meta.url), "utf8"));

function flying() {
  const fleet = new Fleet(1);
  const trails = new Trails(fleet);
  fleet.onApplied((applied) => trails.follow(applied));
  return {
    fleet,
    trails,
    /** A position at a second; what else differs. */
    at(second, fields = {}, key = "4ca7b5") {
      const record = { lat: 50 + second / 1000, lon: 4, alt_baro: 30000, track: 0, gs: 400, ...fields };
      fleet.put(key, record, START + second);
      fleet.commit();
    },
    points(key = "4ca7b5") {
      const trail = trails.of(fleet.slot(key));
      return trail ? read(trail) : [];
    },
  };
}

function read({ points, count }) {
  return Array.from({ length: count }, (_, at) => {
    const [lon, lat, time, word] = points.subarray(at * WORDS, (at + 1) * WORDS);
    return { lon: lon / 1e7, lat: lat / 1e7, time: time / 10, steps: (word << 16) >> 16, flags: word >> 16 };
  });
}

test("a straight and level path keeps a point a minute", () => {
  const sky = flying();
  for (let second = 0; second <= 300; second += 1) sky.at(second);
  assert.deepEqual(
    sky.points().map(({ time }) => time),
    [0, 60, 120, 180, 240, 300],
  );
  assert.equal(sky.points()[1].steps, 1200);
});

test("a turn, a climb, a landing and a gap are kept", () => {
  const sky = flying();
  sky.at(0);
  sky.at(10, { track: 4 });
  sky.at(11, { track: 354.5 });
  sky.at(12, { track: 354.5, alt_baro: 30275 });
  sky.at(13, { track: 354.5, alt_baro: 30300 });
  sky.at(14, { track: 354.5, alt_baro: null });
  sky.at(15, { track: 354.5, alt_baro: null, on_ground: true });
  sky.at(20, { track: 354.5, alt_baro: null, on_ground: true });
  sky.at(51, { track: 354.5, alt_baro: null, on_ground: true });
  assert.deepEqual(
    sky.points().map(({ time, flags }) => [time, flags]),
    [
      [0, 0],
      [11, 0],
      [13, 0],
      [14, 0],
      [15, ON_GROUND],
      [51, ON_GROUND | AFTER_GAP],
    ],
  );
  assert.equal(sky.points()[3].steps, NO_ALTITUDE);
});

test("a parked aircraft grows no trail, and one without a track keeps a point every few seconds", () => {
  const sky = flying();
  for (let second = 0; second < 200; second += 5) sky.at(second, { lat: 50, lon: 4, gs: 0 });
  assert.equal(sky.points().length, 1);
  for (let second = 0; second <= 20; second += 1) sky.at(second, { track: null }, "aaaaaa");
  assert.deepEqual(
    sky.points("aaaaaa").map(({ time }) => time),
    [0, 8, 16],
  );
});

test("a trail is bounded: it is thinned where it is old and forgets after an hour", () => {
  const sky = flying();
  for (let second = 0; second < 8000; second += 2) sky.at(second, { track: (second * 10) % 360 });
  const points = sky.points();
  assert.ok(points.length <= 64 && points.length >= 32, String(points.length));
  assert.ok(points[0].time >= 8000 - 2 - 3600);
  assert.equal(points.at(-1).time, 7998);
  for (let at = 1; at < points.length; at += 1) assert.ok(points[at].time > points[at - 1].time);
});

test("a trail stays with its aircraft when another is forgotten, and goes with it", () => {
  const sky = flying();
  const { fleet, trails } = sky;
  for (const key of ["aaaaaa", "bbbbbb", "cccccc"])
    for (const second of [0, 60, 120]) sky.at(second + key.charCodeAt(0), {}, key);
  const before = sky.points("cccccc");
  fleet.forget("aaaaaa");
  fleet.commit();
  assert.deepEqual(sky.points("cccccc"), before);
  fleet.forget("cccccc");
  fleet.put("dddddd", {}, START + 300);
  fleet.commit();
  assert.equal(trails.of(fleet.slot("dddddd")), null);
  sky.at(301, {}, "dddddd");
  assert.equal(sky.points("dddddd").length, 1);
  assert.deepEqual(
    sky.points("bbbbbb").map(({ time }) => time),
    [98 - 97, 61, 121],
  );
});

/** Trails packed as flighttap/rooms/trail.py packs them. */
function packed(epoch, ...trails) {
  const bytes = [];
  const view = new DataView(new ArrayBuffer(16));
  const put = (size, write) => {
    write();
    bytes.push(...new Uint8Array(view.buffer, 0, size));
  };
  put(16, () => {
    view.setUint32(0, 1, true);
    view.setUint32(4, trails.length, true);
    view.setFloat64(8, epoch, true);
  });
  for (const [address, name, points] of trails) {
    const text = [...new TextEncoder().encode(name)];
    put(8, () => {
      view.setUint32(0, address, true);
      view.setUint16(4, points.length, true);
      view.setUint16(6, text.length, true);
    });
    while (text.length % 4) text.push(0);
    bytes.push(...text);
    for (const [second, lat = 49, flags = 0, steps = 400] of points) {
      put(16, () => {
        view.setInt32(0, 4e7, true);
        view.setInt32(4, Math.round(lat * 1e7), true);
        view.setInt32(8, second * 10, true);
        view.setInt16(12, steps, true);
        view.setUint8(14, flags);
        view.setUint8(15, 0);
      });
    }
  }
  return Uint8Array.from(bytes).buffer;
}

test("the server's trails go before what was seen here, each to its flight", () => {
  const sky = flying();
  sky.at(100);
  sky.at(100, {}, "flight:KLM12");
  sky.at(100, {}, "~4ca7b5");
  const past = packed(
    START - 1000.5,
    [0x4ca7b5, "", [[1000.5], [1060.5], [1095.5], [1200]]],
    [0x14ca7b5, "", [[1050.5, 48]]],
    [0, "flight:KLM12", [[1090.5]]],
    [0x123456, "", [[1000]]],
  );
  assert.equal(sky.trails.load(past), 3);
  assert.deepEqual(
    sky.points().map(({ time }) => time),
    [-100, -40, -5, 0],
  );
  assert.deepEqual(
    sky.points("~4ca7b5").map(({ lat, flags }) => [lat, flags]),
    [
      [48, 0],
      [50.1, AFTER_GAP],
    ],
  );
  assert.deepEqual(
    sky.points("flight:KLM12").map(({ time }) => time),
    [-10, 0],
  );
  assert.equal(sky.trails.load(past), 0);
});

test("the bytes that the server packs are read as it meant them", () => {
  const fleet = new Fleet(1);
  const trails = new Trails(fleet);
  for (const key of vectors.asked) fleet.put(key, {}, START);
  fleet.commit();
  const packed = Uint8Array.from(vectors.packed.match(/../g), (byte) => Number.parseInt(byte, 16)).buffer;
  assert.equal(trails.load(packed), 4);
  for (const key of vectors.asked) {
    const trail = trails.of(fleet.slot(key));
    const meant = (vectors.trails[key] ?? []).map(([at, lat, lon, alt, mark]) => ({
      at,
      lat,
      lon,
      steps: alt === null ? NO_ALTITUDE : alt / 25,
      flags: { "": 0, gap: AFTER_GAP, ground: ON_GROUND }[mark],
    }));
    const held = (trail ? read(trail) : []).map(({ time, ...rest }) => ({ at: trails.epoch + time, ...rest }));
    assert.deepEqual(held, meant, key);
  }
});

test("trails that are cut short or of another version are refused", () => {
  const { trails, at } = flying();
  at(100);
  const whole = packed(START, [0x4ca7b5, "", [[1], [2]]]);
  for (const wrong of [whole.slice(0, 10), whole.slice(0, -3), whole.slice(0, 20)])
    assert.throws(() => trails.load(wrong), RangeError);
  new DataView(whole).setUint32(0, 2, true);
  assert.throws(() => trails.load(whole), RangeError);
});

test("a flight known only from the server's trail flies on from there", () => {
  const sky = flying();
  sky.at(0, { lat: null, lon: null });
  assert.equal(sky.trails.load(packed(START - 100, [0x4ca7b5, "", [[10], [20]]])), 1);
  sky.at(10);
  assert.deepEqual(
    sky.points().map(({ flags }) => flags),
    [0, 0, AFTER_GAP],
  );
});

test("legs run from point to point, as far back as is wanted, and tell gaps", () => {
  const sky = flying();
  for (const second of [0, 60, 120, 160, 220]) sky.at(second);
  const legs = new Legs();
  const trail = sky.trails.of(0);
  assert.equal(legs.add(trail, -1e9, 1000), true);
  assert.equal(legs.count, 4);
  const ints = new Int32Array(legs.bytes.slice().buffer);
  const points = sky.points();
  for (let at = 0; at < 4; at += 1) {
    const word = (at * LEG) / 4;
    assert.deepEqual(
      [...ints.subarray(word, word + 2)].map((each) => each / 1e7),
      [points[at].lon, points[at].lat],
    );
    assert.deepEqual(
      [...ints.subarray(word + 2, word + 4)].map((each) => each / 1e7),
      [points[at + 1].lon, points[at + 1].lat],
    );
  }
  assert.deepEqual(
    [0, 1, 2, 3].map((at) => legs.bytes[at * LEG + 22]),
    [1, 1, 1, 1],
  );
  legs.clear();
  legs.add(trail, 1200, 1000);
  assert.equal(legs.count, 2);
  legs.clear();
  assert.equal(legs.add(trail, -1e9, 3), false);
  assert.equal(legs.count, 3);
});
