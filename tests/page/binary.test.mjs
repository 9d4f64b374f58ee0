import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { opened, Unreadable } from "../../flighttap/web/static/js/codec/binary.js";
import { Fleet } from "../../flighttap/web/static/js/state/fleet.js";

const vectors = JSON.parse(readFileSync(new URL("../data/binary_vectors.json", import.meta.url), "utf8"));
const bytes = (hex) => Uint8Array.from(hex.match(/../g).map((pair) => parseInt(pair, 16)));

/** What a frame says, as the vectors write it. */
function read(data) {
  const { rows, ...message } = opened(data);
  const fleet = new Fleet(1);
  const keys = [];
  for (let at = 0; at < rows.byteLength; at += 20) {
    const first = rows.getUint32(at, true);
    keys.push((first & 0x1000000 ? "~" : "") + (first & 0xffffff).toString(16).padStart(6, "0"));
    fleet.put(keys.at(-1), {}, 0);
  }
  fleet.heardAt.fill(-Infinity);
  assert.equal(fleet.motion(rows, message.now), null);
  const aged = (slot) => ({ ...fleet.row(slot), age: message.now - fleet.heardAt[slot] });
  return { ...message, rows: keys.map((key) => aged(fleet.slot(key))) };
}

function near(one, other, name) {
  assert.deepEqual(Object.keys(one).sort(), Object.keys(other).sort(), name);
  for (const field of Object.keys(one)) {
    if (typeof one[field] === "number") assert.ok(Math.abs(one[field] - other[field]) < 1e-4, `${name}: ${field}`);
    else assert.equal(one[field], other[field], name);
  }
}

test("frames of the vectors read as the Python client reads them", () => {
  assert.ok(vectors.length >= 7);
  for (const { name, frame, message } of vectors) {
    for (const data of [bytes(frame), bytes(frame).buffer]) {
      const { rows, ...head } = read(data);
      const { rows: expected, ...meant } = message;
      assert.deepEqual(head, meant, name);
      assert.equal(rows.length, expected.length);
      for (const [index, row] of rows.entries()) near(row, expected[index], name);
    }
  }
});

test("a position is read to the last of its seven decimals", () => {
  const [{ frame, message }] = vectors;
  const [row] = read(bytes(frame)).rows;
  assert.deepEqual([row.lat, row.lon], [message.rows[0].lat, message.rows[0].lon]);
});

test("a view that begins at an odd byte of its buffer is read the same", () => {
  const [{ frame }] = vectors;
  const data = bytes(frame);
  const shifted = new Uint8Array(data.length + 3);
  shifted.set(data, 3);
  assert.deepEqual(read(shifted.subarray(3)), read(data));
});

test("what is no frame of this version is refused", () => {
  const data = bytes(vectors[0].frame);
  const newer = Uint8Array.from(data);
  newer[1] = 2;
  for (const wrong of [new Uint8Array(0), data.subarray(0, 39), data.subarray(0, 59), newer]) {
    assert.throws(() => opened(wrong), Unreadable);
  }
});

test("a kind from the future is named and not mistaken for another", () => {
  const data = bytes(vectors[0].frame);
  data[0] = 9;
  assert.equal(opened(data).t, "kind 9");
});
