// How often the map is drawn, and how large its icons are.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Animator } from "../../flighttap/web/static/js/map/animator.js";
import { iconSize, interval } from "../../flighttap/web/static/js/map/pace.js";
import { FakeTimers } from "./fakes.mjs";
import { ZOOM9 } from "./skies.mjs";

const still = { zoom: 9, ratio: 1, fastest: 0, lat: 50, correction: 0, following: false, calm: false };

test("the map is drawn as often as something can move half a pixel, and once a second at least", () => {
  assert.equal(interval(still), 1000);
  assert.equal(interval({ ...still, fastest: 500, zoom: 2 }), 1000);
  const nine = interval({ ...still, fastest: 500 });
  assert.ok(nine > 150 && nine < 250, String(nine));
  assert.ok(Math.abs(interval({ ...still, fastest: 500, zoom: 10 }) - nine / 2) < 1e-9);
  assert.ok(Math.abs(interval({ ...still, fastest: 500, ratio: 2 }) - nine / 2) < 1e-9);
  assert.ok(interval({ ...still, fastest: 500, following: true }) < nine);
  assert.equal(interval({ ...still, fastest: 500, zoom: 16 }), 16);
});

test("a correction that can be seen is drawn smoothly, reduced motion in steps of a second", () => {
  assert.ok(interval({ ...still, correction: 5 / ZOOM9 }) < 40);
  assert.ok(interval({ ...still, correction: 0.01 / ZOOM9 }) > 500);
  assert.equal(interval({ ...still, fastest: 900, zoom: 14, correction: 1e-3, calm: true }), 1000);
});

test("icons grow with the zoom as the design says", () => {
  assert.deepEqual([1, 4, 5, 6, 9, 12, 16].map(iconSize), [7, 7, 10.5, 14, 20, 26, 26]);
});

test("drawing follows its pace, hurries for what came, and rests while hidden", () => {
  const timers = new FakeTimers();
  const drawn = [];
  const scene = { zoom: 9, ratio: 1, lat: 50, fastest: 0, following: false, calm: false, fading: false };
  const animator = new Animator({
    timers,
    scene: () => scene,
    draw: () => {
      drawn.push(timers.now());
      animator.drawn();
    },
  });
  animator.drawn();
  timers.advance(3500);
  assert.deepEqual(drawn, [1000, 2000, 3000]);
  animator.changed();
  timers.advance(0);
  assert.equal(drawn.at(-1), 3500);
  animator.corrected(8 / ZOOM9);
  timers.advance(600);
  assert.ok(drawn.length > 20, String(drawn.length));
  timers.advance(50);
  const before = drawn.length;
  timers.advance(900);
  assert.ok(drawn.length <= before + 1);
  animator.hide(true);
  animator.changed();
  timers.advance(60000);
  const hidden = drawn.length;
  animator.hide(false);
  assert.equal(drawn.length, hidden + 1);
});

test("what the map draws of itself puts off no step of the aircraft", () => {
  const timers = new FakeTimers();
  let steps = 0;
  const scene = { zoom: 9, ratio: 1, lat: 50, fastest: 0, following: true, calm: true, fading: false };
  const animator = new Animator({ timers, scene: () => scene, draw: () => (steps += 1) });
  for (let at = 0; at < 50; at += 1) {
    animator.drawn();
    timers.advance(100);
  }
  assert.ok(steps >= 4, String(steps));
});
