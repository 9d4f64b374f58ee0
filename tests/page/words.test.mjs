import assert from "node:assert/strict";
import { test } from "node:test";

import { explain } from "../../flighttap/web/static/js/net/closecodes.js";
import { Announcer } from "../../flighttap/web/static/js/ui/live.js";
import { headcount, headcountTitle } from "../../flighttap/web/static/js/pure/presence.js";
import { profile } from "../../flighttap/web/static/js/pure/profile.js";
import { after } from "../../flighttap/web/static/js/ui/sheet.js";
import { describe } from "../../flighttap/web/static/js/pure/status.js";
import * as url from "../../flighttap/web/static/js/pure/url.js";
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
  for (const bad of ["", "-ams", "a b", "a/b", "é", "x".repeat(81), "ams.", "../x"]) assert.notEqual(url.roomProblem(bad), "");
});

test("paths name rooms, and only rooms", () => {
  assert.equal(url.roomOf("/tracker/ams"), "ams");
  assert.equal(url.roomOf("/tracker/%61ms/"), "ams");
  for (const path of ["/tracker/", "/tracker/a/b", "/tracker/%E0", "/tracker/a%2Fb", "/"]) assert.equal(url.roomOf(path), null);
});

test("the socket is on the page's host with the page's security", () => {
  assert.equal(url.socketUrl({ protocol: "http:", host: "h:8000" }, "ams"), "ws://h:8000/ws/tracker/ams/");
  assert.equal(url.socketUrl({ protocol: "https:", host: "h" }, "ams", "?hz=1"), "wss://h/ws/tracker/ams/?hz=1");
});

test("a link keeps the flight that is selected", () => {
  for (const key of ["4ca7b5", "~a1b2c3", "flight:RYR 12&A", "id:7"]) {
    const [path, search] = url.linkTo("ams", key).split("?");
    assert.equal(url.roomOf(path), "ams");
    assert.equal(url.selectedOf(`?${search}`), key);
  }
  assert.equal(url.linkTo("ams", null), "/tracker/ams");
  assert.equal(url.selectedOf(""), null);
});

test("the altitude profile counts ground, bands and unknown apart", () => {
  const of = (record) => ({ record });
  const { ground, bands, unknown } = profile([of({ on_ground: true }), of({}), of({ alt_baro: -75 }), of({ alt_baro: 2499 }), of({ alt_baro: 60000 })]);
  assert.equal(ground, 1);
  assert.equal(unknown, 1);
  assert.equal(bands[0], 2);
  assert.equal(bands.at(-1), 1);
});

test("a sheet goes up, down and away with the thumb", () => {
  assert.equal(after(false, 0), "tall");
  assert.equal(after(true, 3), "half");
  assert.equal(after(false, -90), "tall");
  assert.equal(after(true, 90), "half");
  assert.equal(after(false, 90), "closed");
});

function pick({ tone, label, note, action }) {
  return [tone, label, note, action];
}
