import assert from "node:assert/strict";
import { test } from "node:test";

import { COLUMNS } from "../../flighttap/web/static/js/ui/columns.js";
import { isListed, matches, staleness } from "../../flighttap/web/static/js/pure/listing.js";
import { placeOf, sorted, START, toggled } from "../../flighttap/web/static/js/pure/order.js";
import { searchFor } from "../../flighttap/web/static/js/pure/search.js";

const NOW = 1000;
const flight = (key, record = {}, more = {}) => ({ key, record, stamps: {}, heard: NOW, heardPos: null, born: 1, ...more });
const keys = (flights) => flights.map(({ key }) => key);

test("emergencies stand first in every order and both directions", () => {
  const flights = [flight("a", { gs: 500 }), flight("b", { gs: 100, squawk: "7700" }), flight("c", { gs: 300 })];
  for (const column of COLUMNS) {
    for (const descending of [false, true]) assert.equal(sorted(flights, { column: column.id, descending }, NOW)[0].key, "b");
  }
});

test("what has no value stands last, ascending and descending", () => {
  const flights = [flight("a"), flight("b", { alt_baro: 100 }), flight("c", { on_ground: true })];
  assert.deepEqual(keys(sorted(flights, { column: "alt", descending: true }, NOW)), ["b", "c", "a"]);
  assert.deepEqual(keys(sorted(flights, { column: "alt", descending: false }, NOW)), ["c", "b", "a"]);
});

test("the order at the start is calm: newest on top, silent ones below, the rest by name", () => {
  const flights = [
    flight("x", { flight: "ZZZ1" }, { heard: NOW - 3 }),
    flight("y", { flight: "AAA1" }, { heard: NOW - 12 }),
    flight("400000", {}),
    flight("old", { flight: "AAA0" }, { heard: NOW - 30 }),
    flight("new", { flight: "NNN1" }, { born: 2 }),
  ];
  assert.deepEqual(keys(sorted(flights, START, NOW)), ["new", "y", "x", "400000", "old"]);
});

test("a new flight finds the place that sorting would give it", () => {
  const flights = sorted([10, 20, 30, 40].map((gs) => flight(`k${gs}`, { gs })), { column: "gs", descending: true }, NOW);
  assert.equal(placeOf(flight("new", { gs: 25 }), flights, { column: "gs", descending: true }, NOW), 2);
  assert.equal(placeOf(flight("new", {}), flights, { column: "gs", descending: true }, NOW), 4);
});

test("a click sorts, the second turns round; figures start with the largest", () => {
  const first = toggled(START, "alt");
  assert.deepEqual(first, { column: "alt", descending: true });
  assert.deepEqual(toggled(first, "alt"), { column: "alt", descending: false });
  assert.deepEqual(toggled(first, "callsign"), { column: "callsign", descending: false });
});

test("ten thousand flights sort in well under a frame's worth of two seconds", () => {
  const flights = Array.from({ length: 10000 }, (_, index) => flight(index.toString(16).padStart(6, "0"), { gs: (index * 7919) % 600 }));
  const began = performance.now();
  sorted(flights, { column: "gs", descending: true }, NOW);
  assert.ok(performance.now() - began < 500);
});

test("listing follows readsb: 60 s for a position, 30 s for anything else", () => {
  assert.equal(isListed(flight("a", {}, { heard: NOW - 29 }), NOW), true);
  assert.equal(isListed(flight("a", {}, { heard: NOW - 31 }), NOW), false);
  assert.equal(isListed(flight("a", {}, { heard: NOW - 31, heardPos: NOW - 59 }), NOW), true);
  assert.equal(isListed(flight("a", {}, { heard: NOW - 61, heardPos: NOW - 61 }), NOW), false);
});

test("rows fade in two steps, and not between two touches of the server", () => {
  assert.deepEqual([0, 16, 18, 41].map((age) => staleness(flight("a", {}, { heard: NOW - age }), NOW)), [0, 0, 1, 2]);
});

test("a search looks at callsign, key, registration, type, squawk and emergency", () => {
  const wanted = flight("4ca7b5", { flight: "RYR12AB", r: "EI-DWF", t: "B738", squawk: "7600" });
  for (const query of ["", "ryr", "4ca7", "ei-d", "b738", "7600", "radio"]) assert.equal(matches(wanted, query), true, query);
  assert.equal(matches(wanted, "klm"), false);
});

test("the search box takes a filter where it reads as one, else words", () => {
  const low = flight("4ca7b5", { hex: "4ca7b5", flight: "RYR12AB", alt_baro: 900, gs: 120 });
  const high = flight("id:7", { key: "id:7", flight: "KLM1", alt_baro: 36000 });
  const found = (text) => [low, high].filter(searchFor(text).finds).map(({ key }) => key);
  assert.deepEqual(found(""), ["4ca7b5", "id:7"]);
  assert.deepEqual(found(" klm "), ["id:7"]);
  assert.deepEqual(found("alt<10000 flight=RYR*"), ["4ca7b5"]);
  assert.deepEqual(found("hex=4ca7b5 or key=id:7"), ["4ca7b5", "id:7"]);
  assert.deepEqual(found("not alt<10000"), ["id:7"]);
  assert.equal(searchFor("klm").problem, "");
  assert.match(searchFor("altt<5").problem, /no field "altt"/);
  assert.equal(searchFor("").active, false);
});

test("cells show a dash or nothing for odd values and never throw", () => {
  const odd = flight("id:7", { flight: 7, t: {}, alt_baro: "x", gs: null, track: [], lat: "52", squawk: 1200, type: 5 });
  for (const column of COLUMNS) assert.equal(typeof column.text(odd, NOW), "string", column.id);
});
