/** Which flights are shown, what is watched for, and what is asked of the API. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { Asked } from "../../flighttap/web/static/js/state/asked.js";
import { Filters } from "../../flighttap/web/static/js/state/filters.js";
import { Fleet } from "../../flighttap/web/static/js/state/fleet.js";
import { View } from "../../flighttap/web/static/js/state/view.js";
import { Watchlist } from "../../flighttap/web/static/js/state/watchlist.js";

const NOW = 1000;

function sky() {
  const fleet = new Fleet();
  const flights = {
    "4ca7b5": { flight: "RYR12AB", alt_baro: 36000, lat: 52, lon: 4.8, type: "adsb_icao" },
    "48450a": { flight: "KLM606", alt_baro: 4200, baro_rate: -900, lat: 50, lon: 4.8, type: "mlat" },
    "id:glider": { flight: "GLIDER", on_ground: true, type: "member", lat: 52.3, lon: 4.8 },
    "3c6444": { flight: "DLH4AB", squawk: "7700", type: "mode_s" },
  };
  for (const [key, record] of Object.entries(flights)) fleet.put(key, record, NOW);
  fleet.commit();
  const view = new View();
  /** @type {any} */
  const look = { now: NOW, units: "aviation", place: [52.3, 4.8], signals: new Map() };
  const filters = new Filters(fleet, view, look);
  const shown = (patch) => {
    view.showAll();
    view.set(patch);
    filters.read();
    filters.all();
    return Array.from({ length: fleet.count }, (_, slot) => slot)
      .filter((slot) => fleet.shown[slot])
      .map((slot) => fleet.record[slot].flight);
  };
  return { fleet, view, look, filters, shown };
}

test("each filter hides what it says and nothing else", () => {
  const { shown } = sky();
  assert.deepEqual(shown({}), ["RYR12AB", "KLM606", "GLIDER", "DLH4AB"]);
  assert.deepEqual(shown({ low: 4000 }), ["RYR12AB", "KLM606"]);
  assert.deepEqual(shown({ high: 10000 }), ["KLM606", "GLIDER"]);
  assert.deepEqual(shown({ within: 30 }), ["RYR12AB", "GLIDER"]);
  assert.deepEqual(shown({ position: "without" }), ["DLH4AB"]);
  assert.deepEqual(shown({ position: "with" }), ["RYR12AB", "KLM606", "GLIDER"]);
  assert.deepEqual(shown({ ground: "ground" }), ["GLIDER"]);
  assert.deepEqual(shown({ ground: "air" }), ["RYR12AB", "KLM606", "DLH4AB"]);
  assert.deepEqual(shown({ from: "received" }), ["RYR12AB", "KLM606", "DLH4AB"]);
  assert.deepEqual(shown({ from: "members" }), ["GLIDER"]);
  assert.deepEqual(shown({ query: "klm" }), ["KLM606"]);
  assert.deepEqual(shown({ query: "emergency" }), ["DLH4AB"]);
  assert.deepEqual(shown({ query: "descending", within: 200, from: "received" }), ["KLM606"]);
  assert.deepEqual(shown({ selected: ["48450a"], isolate: true }), ["KLM606"]);
});

test("without a receiver position a distance hides nothing", () => {
  const { shown, look } = sky();
  look.place = null;
  assert.equal(shown({ within: 1 }).length, 4);
});

test("a filter that cannot be read leaves the one before it in force, and is said", () => {
  const { shown, view, filters } = sky();
  assert.deepEqual(shown({ query: "klm" }), ["KLM606"]);
  view.set({ query: "altt<5" });
  filters.read();
  filters.all();
  assert.match(filters.problem, /altt/);
  assert.deepEqual(filters.count(), { listed: 4, shown: 1 });
});

test("only touched flights are looked at, and a filter over many waits a second", () => {
  const { fleet, look, filters, shown } = sky();
  shown({ query: "klm" });
  fleet.merge("48450a", { flight: "OTHER1" }, NOW);
  filters.some([fleet.slot("48450a")]);
  assert.equal(fleet.shown[fleet.slot("48450a")], 0);
  fleet.merge("48450a", { flight: "KLM606" }, NOW);
  filters.some(new Array(500).fill(fleet.slot("48450a")));
  assert.equal(filters.tick(), false);
  assert.equal(fleet.shown[fleet.slot("48450a")], 0);
  look.now += 1.1;
  assert.equal(filters.tick(), true);
  assert.equal(fleet.shown[fleet.slot("48450a")], 1);
});

test("what the stream does not carry is the server's word", () => {
  const { shown, filters } = sky();
  assert.equal(shown({ query: "ias>200" }).length, 4);
  filters.told = new Set(["48450a"]);
  filters.all();
  assert.deepEqual(filters.count(), { listed: 4, shown: 1 });
  assert.equal(shown({ query: "ias>300" }).length, 4, "another filter is asked anew");
});

test("counts leave out who is gone", () => {
  const { look, filters } = sky();
  look.now += 45;
  assert.equal(filters.count().listed, 3, "no position and not heard for 45 s");
});

test("the watch-list tells of a flight once when it begins to match, not of what was there", () => {
  const { fleet } = sky();
  const list = new Watchlist();
  assert.equal(list.add("klm"), true);
  assert.equal(list.add(" klm "), false);
  assert.equal(list.add("altt<5"), false);
  assert.equal(list.add(""), false);
  assert.deepEqual(list.look(fleet, NOW), []);
  fleet.put("484507", { flight: "KLM607" }, NOW);
  fleet.commit();
  assert.deepEqual(list.look(fleet, NOW + 1), [{ query: "klm", key: "484507" }]);
  assert.deepEqual(list.look(fleet, NOW + 2), []);
  assert.deepEqual(list.matching(NOW + 2), new Set(["48450a", "484507"]));
  fleet.forget("484507");
  list.look(fleet, NOW + 700);
  fleet.put("484507", { flight: "KLM607" }, NOW + 701);
  fleet.commit();
  assert.equal(list.look(fleet, NOW + 701).length, 1, "back after a long while");
});

test("the watch-list is kept, and nonsense in its place is not", () => {
  const list = new Watchlist();
  list.add("emergency");
  list.add("klm");
  assert.deepEqual(new Watchlist(list.kept).queries, ["emergency", "klm"]);
  list.remove("klm");
  assert.equal(list.has("klm"), false);
  for (const nonsense of [null, "{", '{"a":1}', "[1, null]"]) assert.deepEqual(new Watchlist(nonsense).queries, []);
});

test("the API is asked only while somebody wants it, every five seconds, and for the newest wish", async () => {
  const paths = [];
  const asked = new Asked("ams", async (path) => {
    paths.push(path);
    return {
      aircraft: [
        { hex: "4ca7b5", rssi: -3 },
        { key: "id:7", messages: 2 },
      ],
    };
  });
  const taken = [];
  const take = (value) => taken.push([...value]);
  const settle = () => new Promise((done) => setTimeout(done));
  asked.signals(false, 0, take);
  await settle();
  assert.deepEqual(paths, []);
  for (const now of [0, 100, 4000, 5100]) {
    asked.signals(true, now, take);
    await settle();
  }
  assert.deepEqual(paths, new Array(2).fill("/api/v1/rooms/ams/aircraft?fields=rssi,messages"));
  assert.deepEqual(taken[0], [
    ["4ca7b5", { rssi: -3, messages: undefined }],
    ["id:7", { rssi: undefined, messages: 2 }],
  ]);
  asked.matches("ias>200", 0, take);
  asked.matches("ias>300", 1, take);
  await settle();
  assert.equal(taken.length, 2, "the answer to a wish that is gone is not taken");
  asked.matches("ias>300", 6000, take);
  await settle();
  assert.deepEqual(taken[2], ["4ca7b5", "id:7"]);
  assert.match(paths.at(-1), /where=ias%3E300/);
});
