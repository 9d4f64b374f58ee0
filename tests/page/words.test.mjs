import assert from "node:assert/strict";
import { test } from "node:test";

import { explain } from "../../flighttap/web/static/js/net/closecodes.js";
import { called, headcount, headcountTitle } from "../../flighttap/web/static/js/pure/presence.js";
import { profile } from "../../flighttap/web/static/js/pure/profile.js";
import { describe } from "../../flighttap/web/static/js/pure/status.js";
import * as url from "../../flighttap/web/static/js/pure/url.js";
import { Fleet } from "../../flighttap/web/static/js/state/fleet.js";
import { START } from "../../flighttap/web/static/js/state/view.js";
import { filtersOf } from "../../flighttap/web/static/js/ui/chips.js";
import { rest } from "../../flighttap/web/static/js/ui/dock.js";
import { actionOf, KEYS } from "../../flighttap/web/static/js/ui/keys.js";
import { Announcer } from "../../flighttap/web/static/js/ui/live.js";
import { placed } from "../../flighttap/web/static/js/ui/pops.js";
import { summary } from "../../flighttap/web/static/js/ui/sheethead.js";
import { pieces } from "../../flighttap/web/static/js/ui/sparkline.js";
import { FakeTimers } from "./fakes.mjs";

const seen = { now: 10000, dataAge: 0.31, silence: 0.2 };

test("the pill is live with the age of the data, then says how old it is", () => {
  assert.deepEqual(pick(describe({ phase: "live" }, seen)), ["ok", "LIVE", "0.3 s", ""]);
  assert.deepEqual(pick(describe({ phase: "live" }, { ...seen, dataAge: 6.4 })), ["warn", "6 s old", "", ""]);
  assert.deepEqual(pick(describe({ phase: "live" }, { ...seen, dataAge: null })), ["ok", "LIVE", "", ""]);
});

test("a link that went silent is not called live, whatever the data", () => {
  assert.deepEqual(pick(describe({ phase: "live" }, { ...seen, silence: 9 })), ["warn", "No word for 9 s", "", ""]);
});

test("waiting counts down and offers to retry; refused says why", () => {
  const waiting = describe({ phase: "waiting", retryAt: 13200, why: "the connection was lost" }, seen);
  assert.deepEqual(pick(waiting), ["warn", "Reconnecting in 4 s", "", "Retry now"]);
  const refused = describe({ phase: "refused", code: 4500, ...explain(4500) }, seen);
  assert.deepEqual(pick(refused), ["bad", "Refused", "this room needs a valid token", ""]);
  assert.equal(describe({ phase: "live", draining: true }, seen).label, "Server restarting");
  assert.equal(describe({ phase: "connecting" }, seen).label, "Connecting");
  assert.equal(describe({ phase: "connecting", code: 1006 }, seen).label, "Reconnecting");
});

test("every close code of the protocol has words of its own", () => {
  const codes = [1001, 1006, 1009, 1011, 4000, 4001, 4002, 4003, 4004, 4006, 4500, 4501, 4502, 4503, 4504, 4505, 4506];
  const words = codes.map((code) => explain(code).why);
  assert.equal(new Set(words).size, codes.length);
  for (const text of words) assert.doesNotMatch(text, /code \d/);
  for (const code of codes.filter((each) => each >= 4500)) assert.notEqual(explain(code).remedy, "");
});

test("heads are counted in words", () => {
  assert.equal(headcount(214, 3), "214 aircraft · 3 here");
  assert.equal(headcount(null, null), "");
  assert.equal(headcount(0, 1), "0 aircraft · 1 here");
  assert.equal(headcount(214, 3, 12), "12 of 214 aircraft · 3 here");
  assert.equal(headcount(214, 3, 214, true), "214 aircraft · 3 here · sharing");
  assert.equal(called("c7", " Ana "), "Ana");
  assert.equal(called("c7", ""), "Guest c7");
  assert.match(headcountTitle(1), /Only this page/);
});

test("a screen reader hears the newest word on each topic, and not too often", () => {
  const timers = new FakeTimers();
  const heard = [];
  const announcer = new Announcer((text) => heard.push(text), timers);
  announcer.say("status", "Live.");
  timers.advance(0);
  for (const text of ["Old.", "Older.", "Oldest."]) announcer.say("status", text);
  announcer.say("alarm", "Emergency: KLM1.");
  timers.advance(3900);
  assert.deepEqual(heard, ["Live."]);
  timers.advance(100);
  assert.deepEqual(heard, ["Live.", "Oldest. Emergency: KLM1."]);
  announcer.say("status", "Oldest.");
  timers.advance(10000);
  assert.equal(heard.length, 2);
  announcer.say("status", "Live.");
  announcer.say("status", "Oldest.");
  timers.advance(10000);
  assert.equal(heard.length, 2);
});

test("room names are those of the protocol", () => {
  for (const good of ["ams", "A_b-9", "_", "x".repeat(80)]) assert.equal(url.roomProblem(good), "");
  for (const bad of ["", "-ams", "a b", "a/b", "é", "x".repeat(81), "ams.", "../x"])
    assert.notEqual(url.roomProblem(bad), "");
});

test("paths name rooms, and only rooms", () => {
  assert.equal(url.roomOf("/tracker/ams"), "ams");
  assert.equal(url.roomOf("/tracker/%61ms/"), "ams");
  for (const path of ["/tracker/", "/tracker/a/b", "/tracker/%E0", "/tracker/a%2Fb", "/"])
    assert.equal(url.roomOf(path), null);
});

test("the socket is on the page's host with the page's security", () => {
  assert.equal(url.socketUrl({ protocol: "http:", host: "h:8000" }, "ams"), "ws://h:8000/ws/tracker/ams/");
  assert.equal(url.socketUrl({ protocol: "https:", host: "h" }, "ams", "?hz=1"), "wss://h/ws/tracker/ams/?hz=1");
});

test("the altitude profile counts ground, bands, unknown and placed apart", () => {
  const fleet = new Fleet();
  const records = [
    { on_ground: true },
    {},
    { alt_baro: -75 },
    { alt_baro: 2499, lat: 1, lon: 1 },
    { alt_baro: 60000 },
    { seen: 99 },
  ];
  for (const [at, record] of records.entries()) fleet.put(`id:${at}`, record, 1000);
  fleet.commit();
  const { ground, bands, unknown, placed } = profile(fleet, 1000);
  assert.deepEqual([ground, unknown, placed, bands[0], bands.at(-1)], [1, 1, 1, 2, 1]);
});

test("the sheet goes up and down with the thumb, and a tap opens it", () => {
  assert.deepEqual([rest("low", 0, 844), rest("half", 3, 844), rest("tall", 0, 844)], ["half", "tall", "half"]);
  assert.deepEqual([rest("low", -90, 844), rest("half", -90, 844), rest("tall", -90, 844)], ["half", "tall", "tall"]);
  assert.deepEqual([rest("tall", 90, 844), rest("half", 90, 844), rest("low", 90, 844)], ["half", "low", "low"]);
  assert.deepEqual([rest("tall", 500, 844), rest("low", -500, 844)], ["low", "tall"]);
});

test("the sheet says how many there are and which is nearest of those shown", () => {
  const fleet = new Fleet();
  fleet.put("id:a", { flight: "NEAR1", lat: 52, lon: 4.8 }, 1000);
  fleet.put("id:b", { flight: "FAR1", lat: 51, lon: 4.8 }, 1000);
  fleet.commit();
  /** @type {any} */
  const look = { now: 1000, units: "aviation", place: [52.3, 4.8], signals: new Map() };
  assert.deepEqual(summary(fleet, look, { listed: 2, shown: 2 }), {
    count: "2 aircraft",
    nearest: "Nearest NEAR1, 18.0 nm",
  });
  fleet.shown[0] = 0;
  assert.deepEqual(summary(fleet, look, { listed: 2, shown: 1 }), {
    count: "1 of 2 aircraft",
    nearest: "Nearest FAR1, 78.1 nm",
  });
  assert.equal(summary(fleet, { ...look, place: null }, { listed: 2, shown: 1 }).nearest, "");
});

test("letters do what the list of keys says, and nothing while somebody types", () => {
  const press = (key, more = {}) => ({ key, ctrlKey: false, altKey: false, metaKey: false, ...more });
  assert.equal(actionOf(press("f"), false, true), "follow");
  assert.equal(actionOf(press("F"), false, true), "follow");
  assert.equal(actionOf(press("f"), true, true), null);
  assert.equal(actionOf(press("f"), false, false), null);
  assert.equal(actionOf(press("f", { ctrlKey: true }), false, true), null);
  assert.equal(actionOf(press("/"), false, false), "search");
  assert.equal(actionOf(press("Escape"), true, false), "back");
  const keys = KEYS.flatMap((key) => key.keys);
  assert.equal(new Set(keys).size, keys.length);
});

test("each filter in force has a chip that takes it away", () => {
  /** @type {any} */
  const state = {
    ...START,
    low: 2000,
    high: 24000,
    within: 30,
    position: "with",
    ground: "air",
    from: "received",
    isolate: true,
    selected: ["a", "b"],
  };
  const words = filtersOf(state).map(({ text }) => text);
  assert.deepEqual(words, [
    "2,000–24,000 ft",
    "within 30.0 nm",
    "with position",
    "in the air",
    "received only",
    "2 isolated",
  ]);
  const away = filtersOf(state).flatMap(({ parts }) => parts);
  assert.deepEqual(filtersOf({ ...state, ...Object.fromEntries(away.map((name) => [name, START[name]])) }), []);
});

test("a popover stands under its button, or beside it where there is no room", () => {
  const screen = { width: 1440, height: 900 };
  const size = { width: 300, height: 400 };
  assert.deepEqual(placed({ left: 100, right: 130, top: 8, bottom: 36 }, size, screen), { left: 100, top: 42 });
  assert.deepEqual(placed({ left: 1400, right: 1430, top: 8, bottom: 36 }, size, screen), { left: 1130, top: 42 });
  const beside = placed({ left: 1392, right: 1428, top: 780, bottom: 816 }, size, screen);
  assert.ok(beside.left + size.width < 1392 && beside.top + size.height <= 892);
});

test("the heights of the last hour are a line, broken where nothing was heard", () => {
  const t = [-5, 3000, 3030, 3060, 3400, 3430].map((at) => 10000 + at);
  const alt = [9000, 1000, 1500, 5000, 5000, Number.NaN];
  const line = pieces({ t, alt }, 13600, 10000);
  assert.equal(line.length, 3); // too old: none; up to 5,000; the next colour; after the gap
  assert.match(line[0].d, /^M273\.3 38\.0L/);
  assert.deepEqual(pieces({ t: [1], alt: [100] }, 13600, 10000), []);
});

function pick({ tone, label, note, action }) {
  return [tone, label, note, action];
}
