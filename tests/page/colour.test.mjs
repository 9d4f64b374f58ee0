/** The colours of the stylesheet: contrast in both themes, and the ramp. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { oklab, rgb } from "../../flighttap/web/static/js/map/colours.js";
import { colour, STOPS } from "../../flighttap/web/static/js/pure/ramp.js";

const css = readFileSync(new URL("../../flighttap/web/static/css/base.css", import.meta.url), "utf8");
const tokens = { light: {}, dark: {} };
for (const [, name, light, dark] of css.matchAll(/--([a-z0-9-]+): light-dark\((#\w{6}), (#\w{6})\)/g)) {
  tokens.light[name] = light;
  tokens.dark[name] = dark;
}

function luminance(hex) {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one, other) {
  const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

const text = [
  ["text", "surface"],
  ["text", "raised"],
  ["text", "land"],
  ["text", "accent-wash"],
  ["text", "emergency-wash"],
  ["muted", "surface"],
  ["muted", "raised"],
  ["muted", "land"],
  ["muted", "accent-wash"],
  ["faint", "surface"],
  ["faint", "raised"],
  ["accent", "surface"],
  ["on-accent", "accent"],
  ["ok", "surface"],
  ["warn", "surface"],
  ["emergency", "surface"],
  ["emergency", "emergency-wash"],
  ["muted", "emergency-wash"],
  ["faint", "emergency-wash"],
];

const RAMP = ["alt-0", "alt-1", "alt-2", "alt-3", "alt-4", "alt-5"];

/** What is left of red, green and blue light for those who lack a kind of cone (Machado, Oliveira, Fernandes, 2009). */
const SIGHTS = {
  "all cones": [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  "no red cones": [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  "no green cones": [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  "no blue cones": [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** A colour as somebody sees it, in OKLab. */
function seen(hex, sight) {
  const light = rgb(hex).map((value) => (value <= 10.31475 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4));
  const left = sight.map((row) => Math.min(1, Math.max(0, row[0] * light[0] + row[1] * light[1] + row[2] * light[2])));
  return oklab(left.map((part) => 255 * (part <= 0.0031308 ? 12.92 * part : 1.055 * part ** (1 / 2.4) - 0.055)));
}

function apart(one, other) {
  return Math.hypot(...one.map((value, at) => value - other[at]));
}

for (const theme of ["dark", "light"]) {
  test(`text reads at 4.5:1 or better, ${theme}`, () => {
    for (const [front, back] of text) {
      const ratio = contrast(tokens[theme][front], tokens[theme][back]);
      assert.ok(ratio >= 4.5, `${front} on ${back}: ${ratio.toFixed(2)}`);
    }
  });

  test(`what must be seen but not read has 3:1, ${theme}`, () => {
    assert.ok(contrast(tokens[theme].edge, tokens[theme].surface) >= 3);
    for (const name of [...RAMP, "alt-ground", "emergency"]) {
      for (const back of ["surface", "land", "water"]) {
        const ratio = contrast(tokens[theme][name], tokens[theme][back]);
        assert.ok(ratio >= 3, `${name} on ${back}: ${ratio.toFixed(2)}`);
      }
    }
  });

  // In OKLab 0.02 is about the least difference that is noticed. An alarm has a ring, a label and a word besides.
  for (const [name, sight] of Object.entries(SIGHTS)) {
    test(`heights are told apart with ${name}, ${theme}`, () => {
      const ramp = RAMP.map((stop) => seen(tokens[theme][stop], sight));
      for (const [at, one] of ramp.entries()) {
        for (const other of ramp.slice(at + 1)) assert.ok(apart(one, other) >= 0.03, `stop ${at}`);
        assert.ok(apart(one, seen(tokens[theme]["alt-ground"], sight)) >= 0.03, `stop ${at} and the ground`);
        assert.ok(apart(one, seen(tokens[theme].emergency, sight)) >= 0.02, `stop ${at} and an alarm`);
      }
      const rising = theme === "dark" ? -1 : 1; // higher is darker on dark ground, lighter on light ground, or as light
      for (const [at, [lightness]] of ramp.entries()) {
        if (at) assert.ok(rising * (lightness - ramp[at - 1][0]) > -0.01, `stop ${at}`);
      }
    });
  }
}

test("the ramp gives its tokens at the stops and mixes between them", () => {
  for (const [index, feet] of STOPS.entries()) assert.equal(colour(feet), `var(--alt-${index})`);
  assert.equal(colour(7500), "color-mix(in oklab, var(--alt-2) 50%, var(--alt-1))");
  assert.equal(colour(-300), "var(--alt-0)");
  assert.equal(colour(60000), "var(--alt-5)");
  assert.equal(colour(null), "var(--alt-none)");
  assert.equal(colour(100, true), "var(--alt-ground)");
});
