/** The operator's page: what happened between two looks, in words. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { bytes, perSecond, rates, span } from "../../flighttap/web/static/js/pure/rates.js";

const look = (/** @type {number} */ uptime, /** @type {number} */ received) => ({
  uptime_s: uptime,
  totals: { received, closes: { 1000: 3 } },
});

test("rates are what grew between two looks, by the server's own clock", () => {
  assert.deepEqual(rates(look(12, 50), look(10, 20)), { received: 15 });
});

test("the first look counts from the server's start, and so does one after a restart", () => {
  assert.deepEqual(rates(look(10, 20), null), { received: 2 });
  assert.deepEqual(rates(look(5, 20), look(100, 5000)), { received: 4 });
});

test("amounts are short", () => {
  assert.deepEqual([0, 999, 1500, 123456, 7.2e9].map(bytes), ["0 B", "999 B", "1.5 kB", "123 kB", "7.2 GB"]);
  assert.deepEqual([5, 65, 3700, 180000].map(span), ["5 s", "1 min", "1 h 1 min", "2 d"]);
  assert.deepEqual([0, 99.94, 12345].map(perSecond), ["0.0", "99.9", "12,345"]);
});
