import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { MOTION, Unreadable, unpacked } from "../../flighttap/web/static/js/codec/binary.js";

const vectors = JSON.parse(readFileSync(new URL("../data/binary_vectors.json", import.meta.url), "utf8"));
const bytes = (hex) => Uint8Array.from(hex.match(/../g).map((pair) => parseInt(pair, 16)));

test("frames of the vectors read as the Python client reads them", () => {
  assert.ok(vectors.length >= 7);
  for (const { name, frame, message } of vectors) {
    assert.deepEqual(unpacked(bytes(frame)), message, name);
    assert.deepEqual(unpacked(bytes(frame).buffer), message, name);
  }
});

test("a view that begins at an odd byte of its buffer is read the same", () => {
  const [{ frame, message }] = vectors;
  const data = bytes(frame);
  const shifted = new Uint8Array(data.length + 3);
  shifted.set(data, 3);
  assert.deepEqual(unpacked(shifted.subarray(3)), message);
});

test("the vectors hold every field that a row can tell", () => {
  const told = new Set(vectors.flatMap(({ message }) => message.rows.flatMap((row) => Object.keys(row))));
  assert.deepEqual([...told].sort(), ["age", "hex", ...MOTION].sort());
});

test("what is no frame of this version is refused", () => {
  const data = bytes(vectors[0].frame);
  const newer = Uint8Array.from(data);
  newer[1] = 2;
  for (const wrong of [new Uint8Array(0), data.subarray(0, 39), data.subarray(0, 59), newer]) {
    assert.throws(() => unpacked(wrong), Unreadable);
  }
});

test("a kind from the future is named and not mistaken for another", () => {
  const data = bytes(vectors[0].frame);
  data[0] = 9;
  assert.equal(unpacked(data).t, "kind 9");
});
