import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { opened } from "../../flighttap/web/static/js/codec/binary.js";
import { Replica } from "../../flighttap/web/static/js/codec/replica.js";
import { Fleet } from "../../flighttap/web/static/js/state/fleet.js";

const vectors = JSON.parse(readFileSync(new URL("../data/detail_vectors.json", import.meta.url), "utf8"));
const bytes = (/** @type {string} */ hex) =>
  Uint8Array.from((hex.match(/../g) ?? []).map((pair) => parseInt(pair, 16)));

function rounded(/** @type {Record<string, any>} */ row) {
  const short = (/** @type {any} */ value) => (typeof value === "number" ? Number(value.toFixed(4)) : value);
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, short(value)]));
}

test("flights in detail are held and forgotten as the Python client does", () => {
  assert.ok(vectors.length > 0);
  for (const { name, steps } of vectors) {
    const replica = new Replica(new Fleet());
    for (const [step, { messages, aircraft, detailed }] of steps.entries()) {
      for (const message of messages) replica.apply(typeof message === "string" ? opened(bytes(message)) : message);
      const { fleet } = replica;
      const held = Object.fromEntries(
        fleet.key.slice(0, fleet.count).map((key, slot) => [key, rounded(fleet.row(slot))]),
      );
      const meant = Object.fromEntries(Object.entries(aircraft).map(([key, row]) => [key, rounded(row)]));
      assert.deepEqual(held, meant, `${name}, step ${step}`);
      assert.deepEqual([...replica.detailed].sort(), detailed, `${name}, step ${step}`);
      const said = replica.position()?.detailed ?? [];
      assert.deepEqual(said, detailed, `${name}, step ${step}`);
    }
  }
});

test("what is the same in the next detail keeps the time at which it changed", () => {
  const replica = new Replica(new Fleet());
  const flight = { hex: "4ca7b5", ias: 280, mach: 0.7, seen: 0 };
  replica.apply({ t: "snapshot", epoch: "e1", seq: 1, now: 1000, aircraft: [flight] });
  replica.apply({ t: "update", base: 1, seq: 2, now: 1010, detail: [{ ...flight, mach: 0.71 }] });
  const slot = replica.fleet.slot("4ca7b5");
  assert.equal(replica.fleet.changedAt(slot, "ias"), 1000);
  assert.equal(replica.fleet.changedAt(slot, "mach"), 1010);
  replica.apply({ t: "update", base: 2, seq: 3, now: 1020, detail: [{ hex: "4ca7b5", mach: 0.71, seen: 0 }] });
  assert.equal(replica.fleet.row(slot).ias, undefined);
});
