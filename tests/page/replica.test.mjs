import assert from "node:assert/strict";
import { test } from "node:test";

import { Gap, Inconsistent, Replica, within } from "../../flighttap/web/static/js/codec/replica.js";
import { Fleet } from "../../flighttap/web/static/js/state/fleet.js";

const snapshot = (aircraft, more = {}) => ({
  t: "snapshot",
  epoch: "e1",
  seq: 10,
  eseq: 3,
  part: 1,
  parts: 1,
  now: 1000,
  aircraft,
  ...more,
});
const update = (more) => ({ t: "update", base: 10, seq: 11, now: 1001, ...more });

/** @param {any[]} [aircraft] */
function holding(aircraft = [{ hex: "4ca7b5", lat: 52, lon: 4, alt_baro: 36000, seen: 0.5, seen_pos: 1 }]) {
  const replica = new Replica(new Fleet());
  replica.apply(snapshot(aircraft));
  return replica;
}

test("a snapshot becomes flights with ages turned into server times", () => {
  const { fleet } = holding();
  const slot = fleet.slot("4ca7b5");
  assert.equal(fleet.row(slot).alt_baro, 36000);
  assert.equal(fleet.heardAt[slot], 999.5);
  assert.equal(fleet.posAt[slot], 999);
  assert.equal("seen" in fleet.row(slot), false);
});

test("a snapshot in parts is taken with its last part only, and so is its position", () => {
  const replica = holding();
  assert.equal(replica.apply(snapshot([{ hex: "aaaaaa" }], { seq: 50, part: 1, parts: 2 })), null);
  assert.deepEqual(replica.fleet.key, ["4ca7b5"]);
  assert.equal(replica.seq, 10);
  const done = replica.apply(snapshot([{ hex: "bbbbbb" }], { seq: 50, part: 2, parts: 2 }));
  assert.deepEqual(replica.fleet.key.toSorted(), ["aaaaaa", "bbbbbb"]);
  assert.deepEqual(done.removed, ["4ca7b5"]);
  assert.equal(replica.seq, 50);
});

test("parts that a broken connection cut short are forgotten with the next hello", () => {
  const replica = holding();
  replica.apply(snapshot([{ hex: "aaaaaa" }], { seq: 50, part: 1, parts: 2 }));
  replica.apply({ t: "hello", epoch: "e1", now: 1002 });
  replica.apply(update({ removed: ["4ca7b5"] }));
  assert.equal(replica.fleet.count, 0);
  assert.equal(replica.seq, 11);
});

test("an update forgets, replaces and merges in this order, and null clears a field", () => {
  const replica = holding([{ hex: "4ca7b5", gs: 400, squawk: "1000" }, { hex: "3c6444" }, { hex: "a1b2c3", gs: 1 }]);
  const done = replica.apply(
    update({
      removed: ["3c6444"],
      out: ["a1b2c3"],
      full: [{ hex: "a1b2c3", track: 9 }],
      aircraft: [{ hex: "4ca7b5", gs: 410, squawk: null }],
    }),
  );
  assert.deepEqual(replica.fleet.key.toSorted(), ["4ca7b5", "a1b2c3"]);
  assert.deepEqual({ ...replica.fleet.row(replica.fleet.slot("a1b2c3")) }, { hex: "a1b2c3", track: 9 });
  assert.deepEqual({ ...replica.fleet.row(replica.fleet.slot("4ca7b5")) }, { hex: "4ca7b5", gs: 410 });
  const { changed, added, removed, whole } = done;
  assert.deepEqual(
    { changed, added, removed, whole },
    { changed: ["4ca7b5"], added: ["a1b2c3"], removed: ["3c6444", "a1b2c3"], whole: false },
  );
});

test("an update in parts moves nothing before its last part", () => {
  const replica = holding();
  assert.equal(replica.apply(update({ more: true, full: [{ hex: "aaaaaa" }] })), null);
  assert.equal(replica.fleet.slot("aaaaaa"), -1);
  assert.equal(replica.seq, 10);
  replica.apply(update({ aircraft: [{ hex: "aaaaaa", gs: 100 }] }));
  assert.equal(replica.fleet.row(replica.fleet.slot("aaaaaa")).gs, 100);
  assert.equal(replica.seq, 11);
});

test("an update on an older base applies, one on a newer base is a gap and changes nothing", () => {
  const replica = holding();
  replica.apply(update({ base: 4, seq: 12 }));
  assert.equal(replica.seq, 12);
  assert.throws(() => replica.apply(update({ base: 13, seq: 14, removed: ["4ca7b5"] })), Gap);
  assert.equal(replica.fleet.count, 1);
  assert.equal(replica.seq, 12);
});

test("the position goes down where a slower lane says so", () => {
  const replica = holding();
  replica.apply({ t: "heartbeat", seq: 8, eseq: 3, now: 1010 });
  assert.equal(replica.position().seq, 8);
});

test("a change of a flight that never came is refused, and the position is given up", () => {
  const replica = holding();
  assert.throws(() => replica.apply(update({ aircraft: [{ hex: "ffffff", gs: 1 }] })), Inconsistent);
  assert.equal(replica.position(), null);
});

test("covers and filter are adopted with the last part, and what lies outside is forgotten", () => {
  const replica = holding([{ hex: "aaaaaa", lat: 50, lon: 5 }, { hex: "bbbbbb", lat: 10, lon: 5 }, { hex: "cccccc" }]);
  replica.apply(update({ more: true, covers: [0, 45, 10, 55], filter: "8a1f" }));
  assert.equal(replica.covers, null);
  replica.apply(update({ covers: [0, 45, 10, 55], filter: "8a1f" }));
  assert.deepEqual(replica.fleet.key, ["aaaaaa", "cccccc"]);
  assert.deepEqual(replica.position(), { epoch: "e1", seq: 11, eseq: 3, covers: [0, 45, 10, 55], filter: "8a1f" });
});

test("a box across the antimeridian, its edges and the poles", () => {
  assert.equal(within([170, -10, -170, 10], 0, 175), true);
  assert.equal(within([170, -10, -170, 10], 0, -175), true);
  assert.equal(within([170, -10, -170, 10], 0, 0), false);
  assert.equal(within([0, 0, 10, 10], 0, 0), true);
  assert.equal(within([0, 0, 10, 10], 10, 5), false);
  assert.equal(within([-180, -90, 180, 90], 90, 180), true);
});

test("events move their own counter, never the position, and never backwards", () => {
  const replica = holding();
  replica.apply({ t: "event", eseq: 7, data: {} });
  replica.apply({ t: "event", eseq: 5, data: {} });
  assert.equal(replica.eseq, 7);
  replica.apply({ t: "lost", from: 8, to: 12 });
  assert.equal(replica.eseq, 12);
  assert.equal(replica.seq, 10);
});

test("a snapshot of the same epoch keeps the counter of events, another epoch starts anew", () => {
  const replica = holding();
  replica.apply({ t: "event", eseq: 7, data: {} });
  replica.apply(snapshot([], { eseq: 9 }));
  assert.equal(replica.eseq, 7);
  replica.apply(snapshot([], { epoch: "e2", eseq: 1 }));
  assert.equal(replica.eseq, 1);
});

test("keys and fields that name parts of the language are keys and fields", () => {
  const hostile = JSON.parse('[{"hex":"__proto__","__proto__":{"polluted":1},"constructor":2,"flight":"X"}]');
  const replica = holding(hostile);
  assert.equal({}.polluted, undefined);
  assert.equal(replica.fleet.row(replica.fleet.slot("__proto__")).flight, "X");
  // biome-ignore lint/suspicious/noProto: whether this key is like every other is what is tested
  assert.deepEqual(replica.fleet.row(replica.fleet.slot("__proto__")).__proto__, { polluted: 1 });
  assert.equal(replica.fleet.slot("toString"), -1);
});

test("a flight known before keeps its place as to when it was born, over snapshots and full records", () => {
  const replica = holding();
  const born = replica.fleet.born[replica.fleet.slot("4ca7b5")];
  replica.apply(update({ full: [{ hex: "4ca7b5" }, { hex: "aaaaaa" }] }));
  assert.equal(replica.fleet.born[replica.fleet.slot("4ca7b5")], born);
  assert.ok(replica.fleet.born[replica.fleet.slot("aaaaaa")] > born);
  replica.apply(snapshot([{ hex: "4ca7b5" }]));
  assert.equal(replica.fleet.born[replica.fleet.slot("4ca7b5")], born);
});

test("a position that is cleared has no age", () => {
  const replica = holding();
  replica.apply(update({ aircraft: [{ hex: "4ca7b5", lat: null, lon: null, seen: 0 }] }));
  assert.equal(replica.fleet.posAt[0], Number.NaN);
});
