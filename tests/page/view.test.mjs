/** The view: what changes tell whom, what is remembered, and how it stands in an address. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { queryOf, viewOf } from "../../flighttap/web/static/js/pure/link.js";
import { parse } from "../../flighttap/web/static/js/pure/query.js";
import { remembered, START, View } from "../../flighttap/web/static/js/state/view.js";

test("who listens to a part is told once when it really changes", () => {
  const view = new View();
  const told = [];
  view.on(["units", "theme"], (changed) => told.push([...changed].join()));
  view.on(null, () => told.push("any"));
  assert.equal(view.set({ units: "aviation", query: "" }), false);
  view.set({ units: "metric", theme: "dark" });
  view.set({ selected: [] });
  view.set({ low: 500 });
  assert.deepEqual(told, ["units,theme", "any", "any"]);
});

test("selecting replaces, adds and takes away; following ends with another flight", () => {
  const view = new View();
  view.select("4ca7b5");
  view.set({ follow: true });
  view.select("4ca7b5");
  assert.equal(view.state.follow, true);
  view.select("484506", true);
  assert.deepEqual(view.state.selected, ["4ca7b5", "484506"]);
  assert.equal(view.chosen, "484506");
  assert.equal(view.state.follow, false);
  view.select("4ca7b5", true);
  assert.deepEqual(view.state.selected, ["484506"]);
  view.set({ many: true });
  view.select("3c6444");
  assert.equal(view.state.selected.length, 2);
  view.set({ isolate: true });
  view.select(null);
  assert.deepEqual([view.state.selected, view.state.isolate, view.chosen], [[], false, null]);
});

test("filters are put back together", () => {
  const view = new View({ query: "klm", low: 500, within: 30, from: "members", units: "metric" });
  assert.ok(view.filters);
  view.showAll();
  assert.ok(!view.filters);
  assert.equal(view.state.units, "metric");
});

test("habits come back, and nonsense in their place does not", () => {
  const view = new View({
    units: "metric",
    query: "klm",
    columns: ["callsign", "alt"],
    sort: { column: "alt", descending: true },
  });
  const back = remembered(view.habits);
  assert.equal(back.units, "metric");
  assert.deepEqual(back.columns, ["callsign", "alt"]);
  assert.ok(!("query" in back));
  assert.deepEqual(remembered(null), {});
  assert.deepEqual(remembered("{"), {});
  assert.deepEqual(remembered("[]"), {});
  assert.deepEqual(remembered('{"units": "ells", "width": "wide", "columns": [1], "keys": false}'), { keys: false });
});

/** @type {any} */
test("what a link lends is no habit until it is changed", () => {
  const view = new View({ units: "metric", labels: "off" }, { units: "imperial", theme: "dark" });
  assert.equal(view.state.units, "imperial");
  const { units, theme, labels } = remembered(view.habits);
  assert.deepEqual([units, theme, labels], ["metric", "auto", "off"]);
  view.set({ units: "aviation", labels: "short" });
  assert.deepEqual([remembered(view.habits).units, remembered(view.habits).labels], ["aviation", "short"]);
});

/** @type {any} */
const WHOLE = {
  selected: ["4ca7b5", "~2b0001", "flight:RYR12AB"],
  follow: true,
  isolate: true,
  query: "alt<10000 flight=KLM*",
  low: 2000,
  high: 24000,
  within: 30.5,
  position: "with",
  ground: "air",
  from: "received",
  inView: true,
  camera: { lat: 52.3086, lon: 4.7639, zoom: 8.25 },
  dock: false,
  theme: "dark",
  units: "metric",
  sort: { column: "alt", descending: true },
  columns: ["callsign", "alt", "rssi"],
  labels: "short",
  trails: "all",
  rings: true,
  outline: true,
  airports: false,
  runways: false,
  places: false,
  asReceived: true,
};

test("a shared link brings back the whole view", () => {
  const query = queryOf({ ...START, ...WHOLE }, true);
  assert.deepEqual(viewOf(query), WHOLE);
  assert.match(query, /icao=4ca7b5,~2b0001/);
});

test("the address in the bar has the view and not the habits, and a plain view has a plain address", () => {
  const {
    dock,
    theme,
    units,
    sort,
    columns,
    labels,
    trails,
    rings,
    outline,
    airports,
    runways,
    places,
    asReceived,
    ...view
  } = WHOLE;
  assert.deepEqual(viewOf(queryOf({ ...START, ...WHOLE })), view);
  assert.equal(queryOf(START), "");
  assert.equal(queryOf(START, true), "");
});

test("tar1090's names work where they mean the same, in any case of letters", () => {
  const view = viewOf(
    "?ICAO=4CA7B5,484506&Zoom=9&lat=52.3&lon=4.7&filterAltMin=500&filteraltmax=5000&hideSidebar&rangeRings=1&tableInView&sortBy=altitude&sortByReverse&sidebarWidth=400",
  );
  assert.deepEqual(view, {
    selected: ["4ca7b5", "484506"],
    low: 500,
    high: 5000,
    inView: true,
    rings: true,
    dock: false,
    sort: { column: "alt", descending: true },
    width: 400,
    camera: { lat: 52.3, lon: 4.7, zoom: 9 },
  });
});

test("tar1090's filters become filters of ours that can be read", () => {
  for (const [search, query] of [
    ["?filterCallSign=^(UAL|DAL)", "flight=UAL*,DAL*"],
    ["?filterCallSign=ryr", "flight=*RYR*"],
    ["?filterType=^B738$", "type=B738"],
    ["?filterIcao=^a", "hex=a*"],
    ["?icaoFilter=4ca7b5,484506", "hex=4ca7b5,484506"],
    ["?reg=PH-BXA", "reg=PH-BXA"],
    ["?filterSources=adsb,mlat,modeS", "source=adsb,mlat,mode_s"],
    ["?mil&filterType=^F16", "type=F16* military"],
  ]) {
    assert.equal(viewOf(search).query, query);
    assert.ok(parse(query));
  }
});

test("what makes no sense in an address is passed over", () => {
  assert.deepEqual(
    viewOf(
      "?icao=zz&filterAltMin=low&within=-3&units=ells&lat=99&lon=4&filterCallSign=(a.*)%2B&sidebarWidth=9&position=x&q=",
    ),
    {},
  );
  assert.deepEqual(viewOf("?key=id:<b>&key=flight:X1").selected, ["id:<b>", "flight:X1"]);
});
