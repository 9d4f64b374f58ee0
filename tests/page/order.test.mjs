/** The table: its columns, their order, what is listed, and the search box. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { AT_START, BY_ID, COLUMNS, chosen } from "../../flighttap/web/static/js/pure/columns.js";
import { isListed, staleness } from "../../flighttap/web/static/js/pure/listing.js";
import { comparing, inForce, placeOf, sorted, toggled } from "../../flighttap/web/static/js/pure/order.js";
import { matches, searchFor } from "../../flighttap/web/static/js/pure/search.js";
import { Fleet } from "../../flighttap/web/static/js/state/fleet.js";

const NOW = 1000;
/** @type {any} */
const LOOK = { now: NOW, units: "aviation", place: null, signals: new Map() };
const CALM = { column: "seen", descending: false };

/** A fleet of records by key; each batch of them is a message. */
function fleetOf(...batches) {
  const fleet = new Fleet();
  for (const batch of batches) {
    for (const [key, record] of Object.entries(batch)) fleet.put(key, record, NOW);
    fleet.commit();
  }
  return fleet;
}
const all = (fleet) => Array.from({ length: fleet.count }, (_, slot) => slot);
const order = (fleet, by, look = LOOK) => sorted(fleet, all(fleet), by, look).map((slot) => fleet.key[slot]);

test("emergencies stand first in every order and both directions", () => {
  const fleet = fleetOf({ "id:a": { gs: 500 }, "id:b": { gs: 100, squawk: "7700" }, "id:c": { gs: 300 } });
  for (const column of COLUMNS) {
    for (const descending of [false, true]) assert.equal(order(fleet, { column: column.id, descending })[0], "id:b");
  }
});

test("what has no value stands last, ascending and descending", () => {
  const fleet = fleetOf({ "id:a": {}, "id:b": { alt_baro: 100 }, "id:c": { on_ground: true } });
  assert.deepEqual(order(fleet, { column: "alt", descending: true }), ["id:b", "id:c", "id:a"]);
  assert.deepEqual(order(fleet, { column: "alt", descending: false }), ["id:c", "id:b", "id:a"]);
});

test("the nearest come first where distances are known, else the order is calm", () => {
  /** @type {any} */
  const place = [52.3, 4.76];
  assert.deepEqual(inForce(null, { ...LOOK, place }), { column: "distance", descending: false });
  assert.deepEqual(inForce(null, LOOK), CALM);
  assert.deepEqual(inForce({ column: "nothing", descending: true }, LOOK), CALM);
  const fleet = fleetOf({ "id:far": { lat: 50, lon: 4 }, "id:near": { lat: 52.2, lon: 4.8 }, "id:none": {} });
  assert.deepEqual(order(fleet, { column: "distance", descending: false }, { ...LOOK, place }), [
    "id:near",
    "id:far",
    "id:none",
  ]);
});

test("the calm order: newest on top, silent ones below, the rest by name", () => {
  const fleet = fleetOf(
    {
      "id:x": { flight: "ZZZ1", seen: 3 },
      "id:y": { flight: "AAA1", seen: 12 },
      400000: {},
      "id:old": { flight: "AAA0", seen: 30 },
    },
    { "id:new": { flight: "NNN1" } },
  );
  assert.deepEqual(order(fleet, CALM), ["id:new", "id:y", "id:x", "400000", "id:old"]);
});

test("a new flight finds the place that sorting would give it", () => {
  const fleet = fleetOf({
    "id:1": { gs: 10 },
    "id:2": { gs: 20 },
    "id:3": { gs: 30 },
    "id:4": { gs: 40 },
    "id:5": { gs: 25 },
    "id:6": {},
  });
  const by = { column: "gs", descending: true };
  const slots = sorted(fleet, [0, 1, 2, 3], by, LOOK);
  assert.equal(placeOf(4, slots, comparing(fleet, by, LOOK)), 2);
  assert.equal(placeOf(5, slots, comparing(fleet, by, LOOK)), 4);
});

test("a click sorts, the second turns round; figures start with the largest", () => {
  const first = toggled(CALM, "alt");
  assert.deepEqual(first, { column: "alt", descending: true });
  assert.deepEqual(toggled(first, "alt"), { column: "alt", descending: false });
  assert.deepEqual(toggled(first, "callsign"), { column: "callsign", descending: false });
});

test("listing follows readsb: 60 s for a position, 30 s for anything else", () => {
  const listed = (record) => isListed(fleetOf({ "id:a": record }), 0, NOW);
  assert.equal(listed({ seen: 29 }), true);
  assert.equal(listed({ seen: 31 }), false);
  assert.equal(listed({ seen: 31, lat: 1, lon: 1, seen_pos: 59 }), true);
  assert.equal(listed({ seen: 61, lat: 1, lon: 1, seen_pos: 61 }), false);
});

test("rows fade in two steps, and not between two touches of the server", () => {
  assert.deepEqual(
    [0, 16, 18, 41].map((seen) => staleness(fleetOf({ "id:a": { seen } }), 0, NOW)),
    [0, 0, 1, 2],
  );
});

test("columns are those asked for, callsign first, and those at the start where none is known", () => {
  const ids = (wanted) => chosen(wanted).map(({ id }) => id);
  assert.deepEqual(ids(null), AT_START);
  assert.deepEqual(ids(["rssi", "alt"]), ["callsign", "alt", "rssi"]);
  assert.deepEqual(ids(["nothing"]), AT_START);
});

test("distance and bearing are from the receiver, figures in the chosen units, signals from where they are asked", () => {
  const fleet = fleetOf({ "4ca7b5": { lat: 53, lon: 4.76, alt_baro: 10000, gs: 100, baro_rate: -1000 } });
  /** @type {any} */
  const look = {
    now: NOW,
    units: "metric",
    place: [52, 4.76],
    signals: new Map([["4ca7b5", { rssi: -12.34, messages: 1234 }]]),
  };
  const text = (id) => BY_ID.get(id).text(fleet, 0, look);
  assert.deepEqual(["distance", "bearing", "alt", "gs", "rate", "rssi", "messages"].map(text), [
    "111",
    "000° N",
    "3,048",
    "185",
    "−5.1",
    "−12.3",
    "1,234",
  ]);
  assert.equal(BY_ID.get("distance").text(fleet, 0, { ...look, place: null }), "");
  assert.equal(BY_ID.get("alt").unit(look), "m");
});

test("cells show a text or nothing for odd values and never throw", () => {
  const fleet = fleetOf({
    "id:7": { flight: 7, t: {}, alt_baro: "x", gs: null, track: [], lat: "52", squawk: 1200, type: 5 },
  });
  for (const column of COLUMNS) {
    assert.equal(typeof column.text(fleet, 0, LOOK), "string", column.id);
    assert.ok(["string", "number"].includes(typeof column.value(fleet, 0, LOOK)), column.id);
  }
});

test("a search looks at callsign, key, registration, type, kind, squawk and emergency", () => {
  const record = { flight: "RYR12AB", r: "EI-DWF", t: "B738", squawk: "7600", category: "A7" };
  for (const word of ["ryr", "4ca7", "ei-d", "b738", "7600", "radio", "helicopter", "helicopters"]) {
    assert.equal(matches("4ca7b5", record, [word]), true, word);
  }
  assert.equal(matches("4ca7b5", record, ["klm"]), false);
  assert.equal(matches("4ca7b5", record, ["ryr", "b738"]), true);
  assert.equal(matches("4ca7b5", record, ["ryr", "a320"]), false);
});

test("the search box takes a filter, words, or both", () => {
  const fleet = fleetOf({
    "4ca7b5": { flight: "RYR12AB", alt_baro: 900, gs: 120, baro_rate: -800 },
    "id:7": { flight: "KLM1", alt_baro: 36000 },
    "id:8": { flight: "KLM2", alt_baro: 5000, baro_rate: -900 },
  });
  const found = (text) => {
    const { finds } = searchFor(text);
    return all(fleet)
      .filter((slot) => finds(fleet.key[slot], fleet.record[slot], () => fleet.row(slot)))
      .map((slot) => fleet.key[slot]);
  };
  assert.deepEqual(found(""), ["4ca7b5", "id:7", "id:8"]);
  assert.deepEqual(found(" klm "), ["id:7", "id:8"]);
  assert.deepEqual(found("alt<10000 flight=RYR*"), ["4ca7b5"]);
  assert.deepEqual(found("hex=4ca7b5 or key=id:7"), ["4ca7b5", "id:7"]);
  assert.deepEqual(found("not alt<10000"), ["id:7"]);
  assert.deepEqual(found("descending"), ["4ca7b5", "id:8"]);
  assert.deepEqual(found("klm descending"), ["id:8"]);
  assert.deepEqual(found("klm alt<10000"), ["id:8"]);
});

test("what cannot be read is said, in the words of the language", () => {
  assert.equal(searchFor("klm").problem, "");
  assert.match(searchFor("altt<5").problem, /no field "altt"/);
  assert.match(searchFor("klm or alt<").problem, /./);
  assert.equal(searchFor("").active, false);
});

test("a filter on what the stream does not carry is known as such", () => {
  assert.equal(searchFor("alt<10000 type=A32*").beyond, false);
  assert.equal(searchFor("ias>200").beyond, true);
  assert.equal(searchFor("ias>200").normal, "ias>200");
});
