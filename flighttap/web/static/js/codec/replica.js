/**
 * The page's copy of a room: what messages of flighttap.v1.json make of a Map of flights.
 *
 * Pure: no socket, no DOM, no clock. The rules are those of docs/protocol.md, "Applying an update";
 * flighttap/client/replica.py does the same in Python and both are tested alike. A record never has
 * a prototype, so that a field called `__proto__` is a field like any other.
 */

/** An update was built on a state that is not held here: ask to resume. Nothing was changed. */
export class Gap extends Error {
  constructor(base, mine) {
    super(`the update is based on ${base}, the replica is at ${mine}`);
    this.name = "Gap";
  }
}

/** A message that makes no sense. The position is given up: start afresh on a new connection. */
export class Inconsistent extends Error {
  constructor(text) {
    super(text);
    this.name = "Inconsistent";
  }
}

/**
 * One flight.
 *
 * `record` holds the fields as they came (readsb's names and units). Times are server seconds:
 * `heard` and `heardPos` when anything and when a position was last received, `stamps` when each
 * field last changed. `born` is the number of the message that first brought it.
 */
class Flight {
  constructor(key, born) {
    this.key = key;
    this.born = born;
    this.record = Object.create(null);
    this.stamps = Object.create(null);
    this.heard = 0;
    this.heardPos = null;
  }
}

export class Replica {
  constructor() {
    this.flights = new Map();
    this.epoch = null;
    this.seq = null;
    this.eseq = null;
    this.covers = null;
    this.filter = null;
    this.now = 0;
    this._taken = 0;
    this._parts = [];
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
    const said = { epoch: this.epoch, seq: this.seq };
    for (const name of ["eseq", "covers", "filter"]) {
      if (this[name] !== null) said[name] = this[name];
    }
    return said;
  }

  /** Hold nothing that a resume could follow on from; the flights stay to be looked at. */
  forgetPosition() {
    this.seq = null;
    this._parts = [];
  }

  /**
   * Take one message in.
   *
   * @param {object} message a parsed server message of any type.
   * @returns {{changed: string[], added: string[], removed: string[], whole: boolean}|null}
   *   what it did to the flights (`whole`: anything may differ), null when nothing.
   * @throws {Gap|Inconsistent}
   */
  apply(message) {
    const handler = this._handlers.get(message.t);
    if (!handler) return null;
    const applied = handler(message);
    if (typeof message.now === "number") this.now = message.now;
    return applied;
  }

  _hello(message) {
    if (this.epoch !== null && message.epoch !== this.epoch) this.eseq = null;
    this._parts = [];
    return null;
  }

  _snapshot(message) {
    const { part = 1, parts = 1 } = message;
    if (part === 1) this._parts = [];
    if (part !== this._parts.length + 1 || part > parts) {
      this._nonsense(`part ${part} of ${parts} came after ${this._parts.length} parts`);
    }
    this._parts.push(message);
    if (part < parts) return null;
    const taken = this._parts;
    this._parts = [];
    const before = this.flights;
    const same = message.epoch === this.epoch;
    this.flights = new Map();
    this._taken += 1;
    for (const each of taken) {
      for (const record of each.aircraft) {
        const known = same ? before.get(keyOf(record)) : undefined;
        this._replace(record, each.now, known ? known.born : this._taken);
      }
    }
    if (!same || this.eseq === null) this.eseq = message.eseq ?? null;
    this.epoch = message.epoch;
    this.covers = null;
    this.filter = null;
    this._adopt(message);
    return { changed: [], added: [], removed: [...before.keys()].filter((key) => !this.flights.has(key)), whole: true };
  }

  _update(message) {
    if (this.seq === null || message.base > this.seq) {
      this._parts = [];
      throw new Gap(message.base, this.seq);
    }
    if (this._parts.length && this._parts[0].t !== "update") this._nonsense("an update came within a snapshot");
    this._parts.push(message);
    if (message.more) return null;
    const taken = this._parts;
    this._parts = [];
    this._taken += 1;
    const done = { changed: [], added: [], removed: [], whole: false };
    for (const each of taken) {
      for (const key of [...(each.removed ?? []), ...(each.out ?? [])]) this._forget(key, done);
    }
    if (message.covers) {
      for (const [key, { record }] of this.flights) {
        if (!within(message.covers, record.lat, record.lon)) this._forget(key, done);
      }
    }
    for (const each of taken) {
      for (const record of each.full ?? []) {
        const known = this.flights.get(keyOf(record));
        this._replace(record, each.now, known ? known.born : this._taken);
        (known ? done.changed : done.added).push(keyOf(record));
      }
    }
    for (const each of taken) {
      for (const record of each.aircraft ?? []) {
        const known = this.flights.get(keyOf(record));
        if (!known) this._nonsense(`${keyOf(record)} was changed but never sent`);
        lay(known, record, each.now);
        done.changed.push(known.key);
      }
    }
    this._adopt(message);
    return done;
  }

  _heartbeat(message) {
    if (this.seq !== null && !this._parts.length) this.seq = message.seq;
    return null;
  }

  _event(message) {
    if (this.eseq === null || message.eseq > this.eseq) this.eseq = message.eseq;
    return null;
  }

  _lost(message) {
    if (this.eseq === null || message.to > this.eseq) this.eseq = message.to;
    return null;
  }

  _adopt(message) {
    if (message.covers !== undefined) this.covers = message.covers;
    if (message.filter !== undefined) this.filter = message.filter;
    this.seq = message.seq;
  }

  _replace(record, now, born) {
    const flight = new Flight(keyOf(record), born);
    lay(flight, record, now);
    this.flights.set(flight.key, flight);
  }

  _forget(key, done) {
    if (this.flights.delete(key)) done.removed.push(key);
  }

  _nonsense(text) {
    this.forgetPosition();
    throw new Inconsistent(text);
  }
}

/** The key under which a record is known: its address, or its `key` where it has none. */
export function keyOf(record) {
  return record.hex ?? record.key;
}

function lay(flight, record, now) {
  const { record: held, stamps } = flight;
  for (const name of Object.keys(record)) {
    const value = record[name];
    if (name === "seen" || name === "seen_pos") continue;
    if (value === null) {
      delete held[name];
      delete stamps[name];
    } else {
      held[name] = value;
      stamps[name] = now;
    }
  }
  flight.heard = now - (record.seen ?? 0);
  if (held.lat === undefined) flight.heardPos = null;
  else if ("lat" in record || "lon" in record || "seen_pos" in record) flight.heardPos = now - (record.seen_pos ?? 0);
}

/**
 * Whether a position is in a box of tiles, which own their western and southern edge and not the
 * other two. A box whose west is not below its east crosses the antimeridian. No position is within
 * every box.
 */
export function within([west, south, east, north], lat, lon) {
  if (lat === undefined || lon === undefined) return true;
  if (!((south <= lat && lat < north) || (lat === 90 && north === 90))) return false;
  const at = lon === 180 && east !== 180 ? -180 : lon; // one meridian, two names
  if (west < east) return (west <= at && at < east) || (at === 180 && east === 180);
  return at >= west || at < east;
}
