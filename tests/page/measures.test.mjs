/** Units, places on a sphere, and the altitude scale. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { heightAt, placeOf, range, stepped, TOP } from "../../flighttap/web/static/js/pure/altitude.js";
import * as geo from "../../flighttap/web/static/js/pure/geo.js";
import { STOPS } from "../../flighttap/web/static/js/pure/ramp.js";
import {
  converted,
  figure,
  measure,
  NAMES,
  reverted,
  SYSTEMS,
  unitOf,
} from "../../flighttap/web/static/js/pure/units.js";

test("the same altitude, speed, distance and rate read right in each system", () => {
  const read = (units) => [
    measure(36000, "altitude", units),
    measure(447.2, "speed", units),
    measure(12.34, "distance", units),
    measure(-1234, "rate", units),
  ];
  assert.deepEqual(read("aviation"), ["36,000 ft", "447 kt", "12.3 nm", "−1,234 ft/min"]);
  assert.deepEqual(read("metric"), ["10,973 m", "828 km/h", "22.9 km", "−6.3 m/s"]);
  assert.deepEqual(read("imperial"), ["36,000 ft", "515 mph", "14.2 mi", "−1,234 ft/min"]);
});

test("what is not known is a dash without a unit, and far distances have no decimals", () => {
  assert.equal(measure(Number.NaN, "altitude", "metric"), "–");
  assert.equal(figure(null, "speed", "aviation"), "–");
  assert.equal(figure(99.94, "distance", "aviation"), "99.9");
  assert.equal(figure(99.96, "distance", "aviation"), "100");
  assert.equal(figure(-2, "rate", "metric"), "0.0");
  assert.equal(unitOf("rate", "metric"), "m/s");
});

test("what is typed in a unit is the value that is shown in it", () => {
  for (const units of NAMES) {
    for (const quantity of /** @type {any[]} */ (Object.keys(SYSTEMS.aviation))) {
      assert.ok(Math.abs(reverted(converted(123.4, quantity, units), quantity, units) - 123.4) < 1e-9);
    }
  }
});

test("distances and bearings are those of the books", () => {
  // Aviation Formulary: LAX to JFK, 2144 nm on an initial course of 66 degrees.
  /** @type {[number, number][]} */
  const [lax, jfk] = [
    [33.95, -118.4],
    [40.6333, -73.7833],
  ];
  assert.ok(Math.abs(geo.distance(...lax, ...jfk) - 2144) < 3);
  assert.ok(Math.abs(geo.bearing(...lax, ...jfk) - 66) < 0.5);
  assert.equal(geo.distance(52, 4, 52, 4), 0);
});

test("a course leads to where distance and bearing say, over the antimeridian too", () => {
  for (const [lat, lon] of [
    [52, 4],
    [-17, 179.5],
    [0, -179.9],
    [70, 10],
  ]) {
    for (const course of [0, 45, 133, 270]) {
      const [north, east] = geo.destination(lat, lon, course, 80);
      assert.ok(Math.abs(geo.distance(lat, lon, north, east) - 80) < 1e-6);
      assert.ok(Math.abs(geo.turned(geo.bearing(lat, lon, north, east) - course)) < 1e-6);
      assert.ok(east >= -180 && east < 180);
    }
  }
});

test("a circle is closed, starts in the north and does not jump", () => {
  const ring = geo.circle(-17, 179.5, 120);
  assert.ok(Math.abs(ring[0][0] - ring.at(-1)[0]) < 1e-9 && Math.abs(ring[0][1] - ring.at(-1)[1]) < 1e-9);
  assert.ok(ring[0][1] > -17 && Math.abs(ring[0][0] - 179.5) < 1e-9);
  for (let at = 1; at < ring.length; at += 1) assert.ok(Math.abs(ring[at][0] - ring[at - 1][0]) < 1);
});

test("a place is inside a box that crosses the antimeridian only where the box is", () => {
  assert.ok(geo.inside([170, -20, -170, 0], -10, 175));
  assert.ok(geo.inside([170, -20, 190, 0], -10, -175));
  assert.ok(!geo.inside([170, -20, -170, 0], -10, 160));
  assert.ok(geo.inside([-200, -80, 200, 80], 10, 100));
  assert.ok(!geo.inside([3, 50, 7, 53], 54, 5));
});

test("eight winds, and rings at round figures", () => {
  assert.deepEqual([0, 44, 46, 359, -90].map(geo.wind), ["N", "NE", "NE", "N", "W"]);
  assert.deepEqual(geo.ringSteps(200), [50, 100, 150, 200]);
  assert.deepEqual(geo.ringSteps(70), [20, 40, 60, 80]);
  assert.deepEqual(geo.ringSteps(9), [2.5, 5, 7.5, 10]);
});

test("the altitude scale gives each part of the ramp the same room, both ways", () => {
  for (const [index, feet] of STOPS.entries()) assert.ok(Math.abs(placeOf(feet) - index / (STOPS.length - 1)) < 1e-12);
  for (const feet of [0, 500, 4500, 9500, 12000, 33000, 45000]) assert.equal(heightAt(placeOf(feet)), feet);
  assert.deepEqual([placeOf(-500), placeOf(60000)], [0, 1]);
});

test("arrow keys step through round heights and stop at the ends; the ends cut nothing", () => {
  assert.deepEqual(
    [stepped(9500, 1), stepped(10000, 1), stepped(10000, -1), stepped(0, -1), stepped(TOP, 1)],
    [10000, 11000, 9500, 0, TOP],
  );
  assert.deepEqual(range(0, TOP), { low: null, high: null });
  assert.deepEqual(range(500, 44000), { low: 500, high: 44000 });
});
