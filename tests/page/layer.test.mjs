/** What the map computes without a map: reckoning, easing, icons, colours, picking, lines. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { Census } from "../../flighttap/web/static/js/map/census.js";
import { mixed, rgb, table } from "../../flighttap/web/static/js/map/colours.js";
import { atlas, CELL, depth, outlines, path } from "../../flighttap/web/static/js/map/icons.js";
import * as instances from "../../flighttap/web/static/js/map/instances.js";
import { nearest } from "../../flighttap/web/static/js/map/picking.js";
import { fromScreen, toScreen } from "../../flighttap/web/static/js/map/projection.js";
import {
  ahead,
  EASE_S,
  FREEZE_S,
  latitude,
  left,
  longitude,
  mercatorX,
  mercatorY,
} from "../../flighttap/web/static/js/map/reckon.js";
import { arc, measured, outline, rings } from "../../flighttap/web/static/js/map/rings.js";
import { SHAPES } from "../../flighttap/web/static/js/pure/shapes.js";
import { HOW, sky, T, ZOOM9 } from "./skies.mjs";

/** Where an aircraft that flies straight is after some seconds. */
function straight(seconds, { lat = 50, lon = 4, gs = 480, track = 60 } = {}) {
  const far = (gs * seconds) / 216000;
  const turn = (track * Math.PI) / 180;
  const north = lat + far * Math.cos(turn);
  return { lat: north, lon: lon + (far * Math.sin(turn)) / Math.cos((((lat + north) / 2) * Math.PI) / 180), gs, track };
}

test("between positions an aircraft flies on at its speed and track", () => {
  const world = sky();
  world.put(T, "4ca7b5", straight(0));
  for (const seconds of [0.5, 3, 10]) {
    const there = straight(seconds);
    const [x, y] = world.drawn(T + seconds);
    assert.ok(Math.hypot(x - mercatorX(there.lon), y - mercatorY(there.lat)) * ZOOM9 < 0.02, `after ${seconds} s`);
  }
});

test("it stands still on the ground, without a speed or track, 15 s after its position, and where positions are shown as received", () => {
  const world = sky();
  const fix = [mercatorX(4), mercatorY(50)];
  for (const fields of [{ on_ground: true }, { gs: null }, { track: null }]) {
    world.put(T, "4ca7b5", { ...straight(0), ...fields });
    assert.deepEqual(world.drawn(T + 9), fix);
  }
  world.put(T + 20, "bbbbbb", straight(0));
  assert.deepEqual(world.drawn(T + 20 + FREEZE_S, "bbbbbb"), world.drawn(T + 500, "bbbbbb"));
  assert.notDeepEqual(world.drawn(T + 34, "bbbbbb"), world.drawn(T + 35, "bbbbbb"));
  assert.deepEqual(world.drawn(T + 25, "bbbbbb", { reckoned: false, eased: true }), fix);
});

test("nothing jumps when a position arrives: at zoom 9 a steady flight moves less than 2 px, late and coarse as its times are", () => {
  const world = sky();
  let seed = 1;
  const random = () => {
    seed = (seed * 1103515245 + 12345) & 0x7fffffff;
    return seed / 0x7fffffff;
  };
  const moments = [];
  for (let second = 0; second < 120; second += 0.4 + random() * 2.5) moments.push(second);
  let worst = 0;
  let before = null;
  for (const second of moments) {
    const received = second + random() * 0.4;
    const said = Math.round(random() * 2 - 1) * 0.125; // the age's steps
    if (before) before = world.drawn(T + received);
    const noise = (random() - 0.5) * 4e-5; // four metres or so
    const there = straight(second);
    world.put(T + received, "4ca7b5", { ...there, lat: there.lat + noise, seen_pos: received - second + said });
    if (before) {
      const after = world.drawn(T + received);
      worst = Math.max(worst, Math.hypot(after[0] - before[0], after[1] - before[1]) * ZOOM9);
    }
    before = true;
  }
  assert.ok(worst < 0.01, `${worst} px`);
});

test("a correction is eased away within 600 ms, without a jump on the way, and truth is reached", () => {
  const world = sky();
  world.put(T, "4ca7b5", straight(0));
  const off = straight(4);
  world.put(T + 4, "4ca7b5", { ...off, lat: off.lat + 0.002 });
  assert.ok(world.correction * ZOOM9 > 0.5);
  let last = world.drawn(T + 4);
  for (let ms = 10; ms <= 700; ms += 10) {
    const next = world.drawn(T + 4 + ms / 1000);
    assert.ok(Math.hypot(next[0] - last[0], next[1] - last[1]) * ZOOM9 < 0.2);
    last = next;
  }
  const truth = straight(0.7, { ...off, lat: off.lat + 0.002 });
  assert.ok(Math.hypot(last[0] - mercatorX(truth.lon), last[1] - mercatorY(truth.lat)) * ZOOM9 < 0.02);
});

test("corrections that come faster than they are eased do not pile up", () => {
  const world = sky();
  world.put(T, "4ca7b5", straight(0));
  for (let step = 1; step <= 100; step += 1) {
    const there = straight(step / 10);
    world.put(T + step / 10, "4ca7b5", { ...there, lat: there.lat + (step % 2 ? 1e-4 : -1e-4) });
  }
  const truth = straight(10);
  const [x, y] = world.drawn(T + 10);
  assert.ok(Math.hypot(x - mercatorX(truth.lon), y - mercatorY(truth.lat)) * ZOOM9 < 0.5);
});

test("a leap across the map is no correction, and the antimeridian is no leap", () => {
  const world = sky();
  world.put(T, "4ca7b5", { lat: 10, lon: 179.9999, gs: 480, track: 90 });
  world.put(T + 1, "4ca7b5", { lat: 10, lon: -179.9979, gs: 480, track: 90 });
  assert.ok(world.correction < instances.LAYOUT.fix + 1e-5);
  world.put(T + 2, "4ca7b5", { lat: 40, lon: 20, gs: 480, track: 90 });
  assert.equal(world.correction, 0);
  assert.deepEqual(world.drawn(T + 2), [mercatorX(20), mercatorY(40)]);
});

test("records follow their flights when others are forgotten", () => {
  const world = sky();
  for (const [at, key] of ["aaaaaa", "bbbbbb", "cccccc"].entries())
    world.put(T, key, straight(0, { lat: 10 * at, lon: at }));
  const before = world.drawn(T + 1, "cccccc");
  world.fleet.forget("aaaaaa");
  world.fleet.commit();
  assert.deepEqual(world.drawn(T + 1, "cccccc"), before);
  assert.equal(world.records.bytes.length, 2 * instances.STRIDE);
});

test("a record whose position is lost is drawn nowhere, and one that comes back begins where it is", () => {
  const world = sky();
  world.put(T, "4ca7b5", straight(0));
  world.put(T + 1, "4ca7b5", { gs: 400 });
  assert.equal(world.drawn(T + 1), null);
  world.put(T + 2, "4ca7b5", straight(0, { lat: 51 }));
  assert.deepEqual(world.drawn(T + 2), [mercatorX(4), mercatorY(51)]);
});

test("times are counted anew without anything moving", () => {
  const world = sky();
  world.put(T, "4ca7b5", straight(0));
  world.put(T + 3, "4ca7b5", straight(3.4));
  const before = world.drawn(T + 3.2);
  world.records.rebase(T + 3600);
  const after = world.drawn(T + 3.2);
  assert.ok(Math.hypot(before[0] - after[0], before[1] - after[1]) * ZOOM9 < 0.1);
});

test("a record says how its aircraft looks", () => {
  const world = sky();
  const look = (fields, key = "4ca7b5") => {
    world.put(T, key, { lat: 1, lon: 1, track: 0, ...fields });
    const at = world.fleet.slot(key) * instances.STRIDE + instances.LAYOUT.look;
    return {
      colour: world.records.bytes[at],
      shape: SHAPES[world.records.bytes[at + 1]],
      bits: world.records.bytes[at + 3],
    };
  };
  const usual = instances.SHOWN | instances.TRAILED | instances.HEADED;
  assert.deepEqual(look({ alt_baro: 45000, t: "B738" }), {
    colour: instances.ALTITUDES - 1,
    shape: "airliner",
    bits: usual,
  });
  assert.deepEqual(look({ on_ground: true, category: "C2" }), {
    colour: instances.GROUND_COLOUR,
    shape: "vehicle",
    bits: usual,
  });
  assert.equal(look({}).colour, instances.UNKNOWN_COLOUR);
  assert.deepEqual(look({ squawk: "7700", alt_baro: 100 }), {
    colour: instances.ALARM_COLOUR,
    shape: "unknown",
    bits: usual | instances.ALARM,
  });
  assert.equal(look({ type: "member", track: null }).bits, instances.SHOWN | instances.TRAILED | instances.HOLLOW);
  assert.equal(look({ type: "mlat" }).bits, usual | instances.NOTCHED);
  world.records.selected = new Set(["aaaaaa"]);
  assert.equal(look({}, "aaaaaa").bits, usual | instances.SELECTED);
  assert.equal(world.records.stands(world.fleet.slot("aaaaaa")), true);
  assert.equal(world.records.stands(world.fleet.slot("4ca7b5")), false);
});

test("reckoning ends and easing ends", () => {
  assert.deepEqual([ahead(10, 12), ahead(10, 4), ahead(100, 4)], [0, 6, FREEZE_S]);
  assert.deepEqual(
    [left(5, 5), left(5 + EASE_S / 2, 5), left(9, 5), left(4, 5)].map((each) => Math.round(each * 100) / 100),
    [1, 0.25, 0, 1],
  );
});

test("mercator goes there and back", () => {
  for (const [lat, lon] of [
    [0, 0],
    [52.3, 4.76],
    [-33.9, 151.2],
    [84, -179.9],
  ]) {
    assert.ok(Math.abs(latitude(mercatorY(lat)) - lat) < 1e-9);
    assert.ok(Math.abs(longitude(mercatorX(lon)) - lon) < 1e-9);
  }
});

// ---- icons and colours ----

test("every silhouette is whole, symmetric, within its grid, and of its own", () => {
  const seen = new Set();
  for (const name of SHAPES) {
    const shape = outlines(name);
    assert.ok(shape.length > 0, name);
    for (const [x, y] of shape.flat()) assert.ok(x >= 0 && x <= 24 && y >= 0 && y <= 24, `${name} ${x} ${y}`);
    let area = 0;
    for (let y = 0.25; y < 24; y += 0.5) {
      for (let x = 0.25; x < 12; x += 0.5) {
        const far = depth(shape, x, y);
        assert.ok(Math.abs(far - depth(shape, 24 - x, y)) < 1e-9, `${name} ${x} ${y}`);
        if (far > 0) area += 0.5;
      }
    }
    assert.ok(area > 40 && area < 230, `${name}: ${area}`);
    assert.match(path(name), /^M[-\d. LMZ]+Z$/);
    seen.add(path(name));
  }
  assert.equal(seen.size, SHAPES.length);
});

test("the atlas holds each silhouette in its cell with air around it", () => {
  const { data, size } = atlas();
  SHAPES.forEach((name, index) => {
    const [left, top] = [(index % 4) * CELL, Math.floor(index / 4) * CELL];
    const at = (x, y) => data[(top + y) * size + left + x];
    for (let edge = 0; edge < CELL; edge += 1)
      for (const value of [at(edge, 0), at(0, edge), at(edge, CELL - 1), at(CELL - 1, edge)])
        assert.ok(value < 100, name);
    let most = 0;
    for (let y = 0; y < CELL; y += 1) for (let x = 0; x < CELL; x += 1) most = Math.max(most, at(x, y));
    assert.ok(most > 140, name);
  });
});

test("the colour table runs through the ramp and mixes in OKLab", () => {
  const ramp = ["#FFE27A", "#CBDB57", "#82CA70", "#43B294", "#3A93B8", "#5B78C7"].map(rgb);
  const bytes = table(ramp, { ground: [1, 2, 3], unknown: [4, 5, 6], alarm: [7, 8, 9] });
  const at = (feet) => [
    ...bytes.subarray(instances.colourOf(feet, false) * 4, instances.colourOf(feet, false) * 4 + 3),
  ];
  const near = (one, other) => {
    for (const [index, value] of one.entries()) assert.ok(Math.abs(value - other[index]) <= 3, `${one} ${other}`);
  };
  [0, 5000, 10000, 20000, 30000, 45000].forEach((feet, index) => {
    near(at(feet), ramp[index]);
  });
  near(at(60000), ramp[5]);
  near(at(-500), ramp[0]);
  assert.deepEqual(
    [...bytes.subarray(instances.colourOf(0, true) * 4, instances.colourOf(0, true) * 4 + 3)],
    [1, 2, 3],
  );
  assert.deepEqual(mixed([255, 0, 0], [255, 0, 0], 0.5), [255, 0, 0]);
  assert.deepEqual(mixed([0, 0, 0], [255, 255, 255], 0.5), [99, 99, 99]); // OKLab, not sRGB (128) nor linear light (188)
  assert.deepEqual(rgb("rgb(1, 2, 3)"), [1, 2, 3]);
});

// ---- who is on the screen ----

test("the census sees what is shown, fresh and on the screen, across the antimeridian too", () => {
  const { fleet, put } = sky();
  put(T, "aaaaaa", { lat: 10, lon: 179, gs: 300 });
  put(T, "bbbbbb", { lat: 10, lon: -179, gs: 500 });
  put(T, "cccccc", { lat: 10, lon: 0, gs: 900 });
  put(T, "dddddd", { lat: 80, lon: 179, gs: 900 });
  put(T, "eeeeee", { lat: 10, lon: 179, gs: 900, seen_pos: 70 });
  put(T, "ffffff", { gs: 900 });
  put(T, "abcdef", { lat: 10, lon: 179.5, gs: 900 });
  fleet.shown[fleet.slot("abcdef")] = 0;
  const census = new Census(fleet);
  const seen = (bounds) => {
    census.take(bounds, T);
    return [...census.slots].map((slot) => fleet.key[slot]).sort();
  };
  assert.deepEqual(seen({ west: 170, east: 190, south: 0, north: 20 }), ["aaaaaa", "bbbbbb"]);
  assert.equal(census.fastest, 500);
  assert.deepEqual(seen({ west: -190, east: -170, south: 0, north: 20 }), ["aaaaaa", "bbbbbb"]);
  assert.deepEqual(seen({ west: -400, east: 300, south: -90, north: 90 }), ["aaaaaa", "bbbbbb", "cccccc", "dddddd"]);
  assert.equal(census.fading, false);
  census.take({ west: 170, east: 190, south: 0, north: 20 }, T + 60.1);
  assert.equal(census.fading, true);
});

// ---- the screen ----

/** A frame of a map that is neither turned nor tilted. */
function frame(lat, lon, zoom, now = T) {
  const [width, height] = [1440, 900];
  const scale = 512 * 2 ** zoom;
  const matrix = [(2 * scale) / width, 0, 0, 0, 0, (-2 * scale) / height, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
  return { now, matrix, x: mercatorX(lon), y: mercatorY(lat), width, height, zoom };
}

test("the world goes to the screen and back", () => {
  const view = frame(50, 179, 6);
  const at = toScreen(view, 2, [mercatorX(-179.5), mercatorY(51)], [0, 0]);
  const there = fromScreen(view, 2, at[0], at[1]);
  assert.ok(Math.abs(there.lat - 51) < 1e-9 && Math.abs(there.lon - 180.5) < 1e-9, JSON.stringify(there));
  assert.deepEqual(toScreen(view, 1, [view.x, view.y], [0, 0]), [720, 450]);
});

test("the nearest aircraft is meant, within reach, and what stands on top is favoured", () => {
  const world = sky();
  world.put(T, "aaaaaa", { lat: 50, lon: 6 });
  world.put(T, "bbbbbb", { lat: 50, lon: 6.02 });
  const view = frame(50, 6, 9);
  const [x] = toScreen(view, 1, [mercatorX(6.02), mercatorY(50)], [0, 0]);
  assert.ok(x - 720 > 13 && x - 720 < 16);
  const at = (left, touch = false) => {
    const slot = nearest(
      {
        fleet: world.fleet,
        instances: world.records,
        reckoning: HOW,
        frame: view,
        ratio: 1,
        slots: new Uint32Array([0, 1]),
      },
      left,
      450,
      touch,
    );
    return slot < 0 ? null : world.fleet.key[slot];
  };
  assert.deepEqual([at(722), at(732), at(700), at(700, true), at(690)], ["aaaaaa", "bbbbbb", null, "aaaaaa", null]);
  world.put(T, "aaaaaa", { lat: 50, lon: 6, squawk: "7700" });
  assert.equal(at(728), "aaaaaa");
});

// ---- lines ----

test("range rings stand at round distances of the unit that is read, labelled at north", () => {
  const features = rings({ lat: 50, lon: 6 }, 100, "metric");
  const texts = features
    .filter(({ properties }) => properties?.kind === "label")
    .map(({ properties }) => properties?.text);
  assert.equal(texts.length, features.length / 2);
  assert.ok(
    texts.every((text) => /^\d+ km$/.test(text)),
    String(texts),
  );
});

test("a measurement is a distance and a course, its line does not cross the world at the antimeridian", () => {
  assert.equal(measured({ lat: 50, lon: 6 }, { lat: 51, lon: 6 }, "aviation"), "60.0 nm · 000°");
  const points = arc({ lat: 10, lon: 179 }, { lat: 20, lon: -170 });
  for (let at = 1; at < points.length; at += 1) assert.ok(Math.abs(points[at][0] - points[at - 1][0]) < 5);
});

test("an outline is closed and stays around its receiver", () => {
  const [feature] = outline(
    [
      [179, 10],
      [-179, 11],
      [179, 12],
    ],
    { lat: 11, lon: 179.5 },
  );
  assert.deepEqual(/** @type {any} */ (feature.geometry).coordinates, [
    [179, 10],
    [181, 11],
    [179, 12],
    [179, 10],
  ]);
  assert.deepEqual(outline([[1, 1]], { lat: 0, lon: 0 }), []);
});
