import assert from "node:assert/strict";
import { test } from "node:test";

import { ServerClock } from "../../flighttap/web/static/js/net/clock.js";

const OFFSET = 1000; // seconds that the server is ahead

function measured() {
  let local = 0;
  const clock = new ServerClock(() => local);
  return {
    clock,
    /** A message that took `delay` ms; local time passes up to its arrival. */
    message(at, delay) {
      local = at + delay;
      clock.heard(at / 1000 + OFFSET);
    },
    ping(at, out, back, hold = 0) {
      local = at;
      clock.asked();
      local = at + out + hold + back;
      clock.answered((at + out) / 1000 + OFFSET);
    },
    at(ms) {
      local = ms;
    },
    error: () => Math.abs(clock.now() - (local / 1000 + OFFSET)),
  };
}

test("the quickest message counts, not the last", () => {
  const world = measured();
  assert.equal(world.clock.known, false);
  for (const [at, delay] of [
    [0, 300],
    [1000, 20],
    [2000, 900],
    [3000, 250],
  ])
    world.message(at, delay);
  assert.ok(world.error() < 0.0205 && world.error() > 0.019);
});

test("an answered ping narrows it from the other side", () => {
  const world = measured();
  world.message(0, 80);
  world.ping(1000, 40, 60);
  assert.ok(world.error() < 0.011, String(world.error()));
  assert.ok(world.clock.uncertainty < 0.051);
  world.ping(2000, 400, 10);
  assert.ok(world.error() < 0.016, String(world.error()));
});

test("a slow answer makes nothing worse", () => {
  const world = measured();
  world.ping(0, 5, 5);
  const before = world.error();
  world.ping(1000, 5, 5, 3000);
  assert.ok(world.error() <= before + 0.001);
});

test("a second ping before the first answer is not taken for the one that was answered", () => {
  const world = measured();
  world.at(0);
  world.clock.asked();
  world.at(900);
  world.clock.asked();
  world.at(1000);
  world.clock.answered(0.5 + OFFSET);
  assert.ok(world.error() <= 0.5);
});

test("it drifts along with a clock that runs a little faster", () => {
  const world = measured();
  world.ping(0, 5, 5);
  for (let minute = 1; minute <= 60; minute += 1) {
    const at = minute * 60000;
    const ahead = at * (1 + 5e-5);
    world.at(at + 10);
    world.clock.heard(ahead / 1000 + OFFSET);
  }
  assert.ok(Math.abs(world.clock.now() - (3600 * (1 + 5e-5) + OFFSET)) < 0.03);
});

test("a server whose clock was set is believed", () => {
  const world = measured();
  world.ping(0, 5, 5);
  world.at(1000);
  world.clock.heard(1 + OFFSET - 3600);
  assert.ok(Math.abs(world.clock.now() - (1 + OFFSET - 3600)) < 0.02);
  world.at(2000);
  world.clock.heard(2 + OFFSET + 7200);
  assert.ok(Math.abs(world.clock.now() - (2 + OFFSET + 7200)) < 0.02);
});

test("an answer after the connection was lost is not awaited", () => {
  const world = measured();
  world.at(0);
  world.clock.asked();
  world.clock.reconnected();
  world.at(60000);
  world.clock.answered(60 + OFFSET);
  assert.equal(world.clock.uncertainty, Number.POSITIVE_INFINITY);
});
