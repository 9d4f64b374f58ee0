/**
 * What the messages of flighttap.v1.bin make of the fleet, JSON and binary alike.
 *
 * Pure: no socket, no DOM, no clock. The rules are those of docs/protocol.md, "Applying an update";
 * flighttap/client/replica.py does the same in Python and both are tested alike. A message in parts is
 * kept aside and taken whole with its last part, and only then do position, covers and filter move.
 */

/** An update was built on a state that is not held here: ask to resume. Nothing was changed. */
export class Gap extends Error {
  constructor(/** @type {number} */ base, /** @type {number|null} */ mine) {
    super(`the update is based on ${base}, the replica is at ${mine}`);
    this.name = "Gap";
  }
}

/** A message that makes no sense. The position is given up: start afresh on a new connection. */
export class Inconsistent extends Error {
  constructor(/** @type {string} */ text) {
    super(text);
    this.name = "Inconsistent";
  }
}

/** @typedef {[number, number, number, number]} Box west, south, east, north in degrees */
/** @typedef {Record<string, any>} Message a parsed JSON message, or what binary.opened() gives */

export class Replica {
  /** @param {import("../state/fleet.js").Fleet} fleet */
  constructor(fleet) {
    this.fleet = fleet;
    /** @type {string|null} */
    this.epoch = null;
    /** @type {number|null} */
    this.seq = null;
    /** @type {number|null} */
    this.eseq = null;
    /** @type {Box|null} */
    this.covers = null;
    /** @type {string|null} */
    this.filter = null;
    this.now = 0;
    /** @type {Set<string>} keys of the flights that came in detail, with every field */
    this.detailed = new Set();
    /** @type {Message[]} */
    this._parts = [];
    /** @type {Map<string, (message: Message) => import("../state/fleet.js").Applied|null>} */
    this._handlers = new Map([
      ["hello", (message) => this._hello(message)],
      ["snapshot", (message) => this._snapshot(message)],
      ["update", (message) => this._update(message)],
      ["heartbeat", (message) => this._heartbeat(message)],
      ["event", (message) => this._event(message)],
      ["lost", (message) => this._lost(message)],
    ]);
  }

  /** What a `resume` must say of the state held here; null when there is none to resume from. */
  position() {
    if (this.seq === null) return null;
    const { epoch, seq, eseq, covers, filter, detailed } = this;
    return {
      epoch,
      seq,
      ...(eseq !== null && { eseq }),
      ...(covers !== null && { covers }),
      ...(filter !== null && { filter }),
      ...(detailed.size > 0 && { detailed: [...detailed].sort() }),
    };
  }

  /** Hold nothing that a resume could follow on from; the flights stay to be looked at. */
  forgetPosition() {
    this.seq = null;
    this._parts = [];
  }

  /**
   * Take one message in.
   *
   * @param {Message} message
   * @returns {import("../state/fleet.js").Applied|null} what it did to the flights, null when nothing
   * @throws {Gap|Inconsistent}
   */
  apply(message) {
    const handler = this._handlers.get(message.t);
    if (!handler) return null;
    const applied = handler(message);
    if (typeof message.now === "number") this.now = message.now;
    return applied;
  }

  _hello(/** @type {Message} */ message) {
    if (this.epoch !== null && message.epoch !== this.epoch) this.eseq = null;
    this._parts = [];
    return null;
  }

  _snapshot(/** @type {Message} */ message) {
    const { part = 1, parts = 1 } = message;
    if (part === 1) this._parts = [];
    if (part !== this._parts.length + 1 || part > parts) {
      this._nonsense(`part ${part} of ${parts} came after ${this._parts.length} parts`);
    }
    this._parts.push(message);
    if (part < parts) return null;
    const taken = this._parts;
    this._parts = [];
    const [head] = taken; // the last part may be binary
    const { fleet } = this;
    if (head.epoch !== this.epoch) fleet.clear();
    this.detailed.clear();
    const gone = new Set(fleet.key);
    for (const { aircraft = [], now } of taken) {
      for (const record of aircraft) {
        fleet.put(keyOf(record), record, now);
        gone.delete(keyOf(record));
      }
    }
    for (const key of gone) fleet.forget(key);
    for (const each of taken) this._rows(each);
    if (head.epoch !== this.epoch || this.eseq === null) this.eseq = head.eseq ?? null;
    this.epoch = head.epoch;
    this.covers = null;
    this.filter = null;
    this._adopt(taken);
    return fleet.commit({ whole: true });
  }

  _update(/** @type {Message} */ message) {
    if (this.seq === null || message.base > this.seq) {
      this._parts = [];
      throw new Gap(message.base, this.seq);
    }
    if (this._parts.length && this._parts[0].t !== "update") this._nonsense("an update came within a snapshot");
    this._parts.push(message);
    if (message.more) return null;
    const taken = this._parts;
    this._parts = [];
    const { fleet } = this;
    for (const { removed = [], out = [] } of taken) {
      for (const key of removed) this._forget(key);
      for (const key of out) this._forget(key);
    }
    for (const { covers } of taken) if (covers) this._keepWithin(covers);
    for (const { full = [], now } of taken) {
      for (const record of full) {
        fleet.put(keyOf(record), record, now);
        this.detailed.delete(keyOf(record));
      }
    }
    for (const { aircraft = [], now } of taken) {
      for (const record of aircraft) {
        if (!fleet.merge(keyOf(record), record, now)) this._nonsense(`${keyOf(record)} was changed but never sent`);
      }
    }
    for (const each of taken) this._rows(each);
    for (const { detail = [], now } of taken) {
      for (const record of detail) this._replace(record, now);
    }
    this._adopt(taken);
    return fleet.commit();
  }

  _heartbeat(/** @type {Message} */ message) {
    if (this.seq !== null && !this._parts.length) this.seq = message.seq;
    return null;
  }

  _event(/** @type {Message} */ message) {
    if (this.eseq === null || message.eseq > this.eseq) this.eseq = message.eseq;
    return null;
  }

  _lost(/** @type {Message} */ message) {
    if (this.eseq === null || message.to > this.eseq) this.eseq = message.to;
    return null;
  }

  _rows(/** @type {Message} */ { rows, now }) {
    if (rows === undefined) return;
    const stranger = this.fleet.motion(rows, now);
    if (stranger !== null) this._nonsense(`${stranger} moved but was never sent`);
  }

  /** Put a whole record in place of the one held; what is the same in both keeps its age. */
  _replace(/** @type {Message} */ record, /** @type {number} */ now) {
    const { fleet } = this;
    const key = keyOf(record);
    const slot = fleet.slot(key);
    if (slot < 0) fleet.put(key, record, now);
    else {
      const gone = Object.keys(fleet.row(slot)).filter((name) => !(name in record));
      fleet.merge(key, { ...Object.fromEntries(gone.map((name) => [name, null])), ...record }, now);
    }
    this.detailed.add(key);
  }

  _forget(/** @type {string} */ key) {
    this.fleet.forget(key);
    this.detailed.delete(key);
  }

  _keepWithin(/** @type {Box} */ covers) {
    const { fleet } = this;
    for (let slot = fleet.count - 1; slot >= 0; slot -= 1) {
      if (!within(covers, fleet.lat[slot], fleet.lon[slot])) this._forget(fleet.key[slot]);
    }
  }

  _adopt(/** @type {Message[]} */ taken) {
    for (const { covers, filter } of taken) {
      if (covers !== undefined) this.covers = covers;
      if (filter !== undefined) this.filter = filter;
    }
    this.seq = taken[taken.length - 1].seq;
  }

  /** @returns {never} */
  _nonsense(/** @type {string} */ text) {
    this.forgetPosition();
    this.fleet.commit({ whole: true });
    throw new Inconsistent(text);
  }
}

/** The key under which a record is known: its address, or its `key` where it has none. */
export function keyOf(/** @type {Message} */ record) {
  return record.hex ?? record.key;
}

/**
 * Whether a position is in a box of tiles, which own their western and southern edge and not the
 * other two. A box whose west is not below its east crosses the antimeridian. No position (NaN) is
 * within every box.
 *
 * @param {Box} box
 * @param {number} lat
 * @param {number} lon
 */
export function within([west, south, east, north], lat, lon) {
  if (Number.isNaN(lat) || Number.isNaN(lon)) return true;
  if (!((south <= lat && lat < north) || (lat === 90 && north === 90))) return false;
  const at = lon === 180 && east !== 180 ? -180 : lon; // one meridian, two names
  if (west < east) return (west <= at && at < east) || (at === 180 && east === 180);
  return at >= west || at < east;
}
