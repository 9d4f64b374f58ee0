/**
 * The frame around the rows of flighttap.v1.bin. Pure: bytes in, an object out.
 *
 * docs/protocol.md, "Version 1 with binary motion", has the layout; flighttap/client/binary.py does the
 * same in Python and both are held against the same vectors. What a row says is read where it is kept,
 * in state/fleet.js.
 */

const HEADER = 40;
export const ROW = 20;
const VERSION = 1;
const KINDS = new Map([
  [1, "update"],
  [2, "snapshot"],
]);
const MORE = 1;

/** It is no frame of this version. */
export class Unreadable extends Error {
  constructor(/** @type {string} */ text) {
    super(text);
    this.name = "Unreadable";
  }
}

/**
 * @typedef {object} Frame
 * @property {string} t what the message is: update, snapshot, or the number of an unknown kind
 * @property {number} base
 * @property {number} seq
 * @property {number} now server seconds
 * @property {boolean} more whether another part follows
 * @property {number} part
 * @property {number} parts
 * @property {DataView} rows ROW bytes each
 */

/**
 * @param {ArrayBuffer|ArrayBufferView} frame
 * @returns {Frame}
 * @throws {Unreadable}
 */
export function opened(frame) {
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
  return {
    t: KINDS.get(kind) ?? `kind ${kind}`,
    base: Number(view.getBigUint64(8, true)),
    seq: Number(view.getBigUint64(16, true)),
    now: view.getFloat64(24, true),
    more: (view.getUint16(2, true) & MORE) !== 0,
    part: view.getUint16(32, true),
    parts: view.getUint16(34, true),
    rows: new DataView(view.buffer, view.byteOffset + HEADER, count * ROW),
  };
}
