/**
 * Binary messages of flighttap.v1.bin, read as the JSON ones would be.
 *
 * Pure: bytes in, an object out. docs/protocol.md, "Version 1 with binary motion", has the layout;
 * flighttap/client/binary.py does the same in Python and both are held against the same vectors.
 */

const HEADER = 40;
const ROW = 20;
const VERSION = 1;
const KINDS = { 1: "update", 2: "snapshot" };
const MORE = 1;

/** Fields that a row tells all of: one that it does not have is not known. */
export const MOTION = Object.freeze(["lat", "lon", "alt_baro", "alt_geom", "on_ground", "gs", "track", "baro_rate"]);

/** It is no frame of this version. */
export class Unreadable extends Error {
  constructor(text) {
    super(text);
    this.name = "Unreadable";
  }
}

/**
 * One message: `t base seq now more part parts` and `rows`.
 *
 * A row has `hex`, what of MOTION is known, in the wire's units, and `age` in seconds.
 * `frame` is an ArrayBuffer or a view of one. Throws Unreadable.
 */
export function unpacked(frame) {
  const view = ArrayBuffer.isView(frame)
    ? new DataView(frame.buffer, frame.byteOffset, frame.byteLength)
    : new DataView(frame);
  const size = view.byteLength;
  if (size < HEADER) throw new Unreadable(`${size} bytes are no header`);
  const version = view.getUint8(1);
  if (version !== VERSION) throw new Unreadable(`version ${version}`);
  const count = view.getUint32(4, true);
  if (size !== HEADER + count * ROW) throw new Unreadable(`${size} bytes for ${count} rows`);
  const kind = view.getUint8(0);
  const rows = new Array(count);
  for (let index = 0; index < count; index++) rows[index] = row(view, HEADER + index * ROW);
  return {
    t: KINDS[kind] ?? `kind ${kind}`,
    base: Number(view.getBigUint64(8, true)),
    seq: Number(view.getBigUint64(16, true)),
    now: view.getFloat64(24, true),
    more: (view.getUint16(2, true) & MORE) !== 0,
    part: view.getUint16(32, true),
    parts: view.getUint16(34, true),
    rows,
  };
}

function row(view, at) {
  const first = view.getUint32(at, true);
  const flags = first >>> 24;
  const address = (first & 0xffffff).toString(16).padStart(6, "0");
  const read = { hex: flags & 1 ? `~${address}` : address, age: view.getUint8(at + 19) / 4 };
  if (flags & 2) read.on_ground = true;
  if (flags & 8) {
    read.lon = view.getInt32(at + 4, true) / 1e7;
    read.lat = view.getInt32(at + 8, true) / 1e7;
  }
  if (flags & 16) read[flags & 4 ? "alt_geom" : "alt_baro"] = view.getInt16(at + 12, true) * 25;
  if (flags & 32) read.gs = view.getUint16(at + 14, true) / 10;
  if (flags & 64) read.track = (view.getUint16(at + 16, true) * 360) / 65536;
  if (flags & 128) read.baro_rate = view.getInt8(at + 18) * 64;
  return read;
}
