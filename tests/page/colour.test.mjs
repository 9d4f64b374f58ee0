/** The colours of the stylesheet: contrast in both themes, and the ramp. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

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
];

for (const theme of ["dark", "light"]) {
  test(`text reads at 4.5:1 or better, ${theme}`, () => {
    for (const [front, back] of text) {
      const ratio = contrast(tokens[theme][front], tokens[theme][back]);
      assert.ok(ratio >= 4.5, `${front} on ${back}: ${ratio.toFixed(2)}`);
    }
  });

  test(`what must be seen but not read has 3:1, ${theme}`, () => {
    for (const name of ["edge", "alt-0", "alt-1", "alt-2", "alt-3", "alt-4", "alt-5", "alt-ground"]) {
      const ratio = contrast(tokens[theme][name], tokens[theme].surface);
      assert.ok(ratio >= 3, `${name}: ${ratio.toFixed(2)}`);
    }
  });
}

test("the ramp gives its tokens at the stops and mixes between them", () => {
  for (const [index, feet] of STOPS.entries()) assert.equal(colour(feet), `var(--alt-${index})`);
  assert.equal(colour(7500), "color-mix(in oklab, var(--alt-2) 50%, var(--alt-1))");
  assert.equal(colour(-300), "var(--alt-0)");
  assert.equal(colour(60000), "var(--alt-5)");
  assert.equal(colour(null), "var(--alt-none)");
  assert.equal(colour(100, true), "var(--alt-ground)");
});
