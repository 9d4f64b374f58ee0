import assert from "node:assert/strict";
import { test } from "node:test";

import * as format from "../../flighttap/web/static/js/pure/format.js";

test("figures are grouped, minus is a minus sign, and what is not a number is a dash", () => {
  assert.equal(format.grouped(36000), "36,000");
  assert.equal(format.grouped(-1200), "−1,200");
  assert.equal(format.grouped(-0.2), "0");
  for (const odd of [undefined, null, "12", NaN, Infinity, {}]) assert.equal(format.whole(odd), format.NONE);
});

test("altitude is barometric before geometric, and the ground is a word", () => {
  assert.equal(format.altitude({ alt_baro: 1000, alt_geom: 1200 }), "1,000");
  assert.equal(format.altitude({ alt_geom: 1200 }), "1,200");
  assert.equal(format.altitude({ on_ground: true, alt_baro: 10 }), "ground");
  assert.equal(format.altitude({ alt_baro: "ground" }), "ground");
  assert.equal(format.altitude({}), format.NONE);
});

test("a trend needs 250 ft/min and an aircraft in the air", () => {
  assert.equal(format.trend({ baro_rate: 250 }), 1);
  assert.equal(format.trend({ geom_rate: -251 }), -1);
  assert.equal(format.trend({ baro_rate: 249 }), 0);
  assert.equal(format.trend({ baro_rate: 900, on_ground: true }), 0);
});

test("directions have three digits and 360 is 000", () => {
  assert.equal(format.degrees(3.2), "003°");
  assert.equal(format.degrees(359.7), "000°");
});

test("places say their hemispheres", () => {
  assert.equal(format.latitude(-33.9461), "33.9461° S");
  assert.equal(format.longitude(151.1772), "151.1772° E");
  assert.equal(format.longitude(undefined), "");
  assert.equal(format.coordinate(-0.5), "−0.5000");
});

test("ages grow coarser", () => {
  assert.deepEqual([0.04, 9.9, 9.96, 59.9, 60, 3599, 7300].map(format.age), [
    "0.0 s",
    "9.9 s",
    "9 s",
    "59 s",
    "1 min",
    "59 min",
    "2 h",
  ]);
  assert.equal(format.calmAge(6.7), "6 s");
  assert.equal(format.age(-1), "0.0 s");
});

test("a hostile callsign becomes one harmless line", () => {
  assert.equal(format.printable("KLM\u202e12\u0000\n3\u200b"), "KLM123");
  assert.equal(format.printable("x".repeat(50)).length, 32);
  assert.equal(format.printable({ toString: () => "no" }), "");
});

test("emergencies come from squawk or report, in words", () => {
  assert.equal(format.emergency({ squawk: "7500" }), "Hijack");
  assert.equal(format.emergency({ squawk: "7600" }), "Radio failure");
  assert.equal(format.emergency({ squawk: "7700" }), "Emergency");
  assert.equal(format.emergency({ emergency: "minfuel" }), "Minimum fuel");
  assert.equal(format.emergency({ squawk: "1200", emergency: "none" }), null);
});

test("a flight is called by callsign, registration or what identifies it", () => {
  const flight = (key, record) => format.title({ key, record });
  assert.equal(flight("4ca7b5", { flight: "RYR12AB ", r: "EI-ABC" }), "RYR12AB");
  assert.equal(flight("4ca7b5", { r: "EI-ABC" }), "EI-ABC");
  assert.equal(flight("4ca7b5", {}), "4CA7B5");
  assert.equal(flight("id:7", {}), "7");
});

test("one connection, two connections", () => {
  assert.equal(format.count(1, "connection"), "1 connection");
  assert.equal(format.count(2000, "connection"), "2,000 connections");
});
