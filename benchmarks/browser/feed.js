/**
 * A made-up sky, told as flighttap.v1.bin tells it: one snapshot, then updates in which every aircraft moves.
 *
 * The same sky flies in front of our page and of the peer's, from the same seed.
 */

const HEADER = 40;
const ROW = 20;
const KINDS = [
  ["A3", "B738"],
  ["A3", "A20N"],
  ["A3", "A321"],
  ["A5", "B77W"],
  ["A5", "A359"],
  ["A2", "C56X"],
  ["A1", "C172"],
  ["A2", "AT76"],
  ["A7", "EC35"],
  ["B1", ""],
  ["A6", "F16"],
];
const AIRLINES = ["KLM", "RYR", "BAW", "DLH", "AFR", "EZY", "UAE", "SAS", "TRA", "EJU"];

export class Sky {
  /** @param {number} count @param {{lat: number, lon: number, spread: number}} where degrees around a place */
  constructor(count, { lat, lon, spread }) {
    let seed = 20260101;
    const random = () => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return seed / 4294967296;
    };
    this.count = count;
    this.seq = 1;
    this.now = 1795000000;
    this.aircraft = Array.from({ length: count }, (_, index) => {
      const [category, type] = KINDS[Math.floor(random() * KINDS.length)];
      const slow = ["A1", "A7", "B1"].includes(category);
      const ground = index % 41 === 40;
      return {
        address: 0x300000 + index * 17,
        flight: `${AIRLINES[index % AIRLINES.length]}${100 + (index % 9000)}`,
        category,
        type,
        source: index % 23 === 22 ? "mlat" : "adsb_icao",
        squawk: index % 997 === 996 ? "7700" : "2000",
        lat: Math.max(-75, Math.min(75, lat + (random() + random() - 1) * spread)),
        lon: wrapped(lon + (random() + random() - 1) * spread * 1.6),
        alt: ground ? 0 : slow ? 500 + random() * 6000 : 3000 + random() * 38000,
        gs: ground ? 12 : slow ? 60 + random() * 80 : 220 + random() * 280,
        track: random() * 360,
        turn: random() < 0.2 ? (random() - 0.5) * 4 : 0,
        rate: random() < 0.3 ? (random() - 0.5) * 4000 : 0,
        ground,
      };
    });
  }

  /** Fly on. @param {number} seconds */
  step(seconds) {
    this.now += seconds;
    for (const each of this.aircraft) {
      const far = (each.gs * seconds) / 216000;
      each.track = (each.track + each.turn * seconds + 360) % 360;
      const turn = (each.track * Math.PI) / 180;
      each.lat += far * Math.cos(turn);
      each.lon += (far * Math.sin(turn)) / Math.cos((each.lat * Math.PI) / 180);
      if (Math.abs(each.lat) > 78) each.track = (each.track + 180) % 360;
      each.lon = wrapped(each.lon);
      each.alt += (each.rate * seconds) / 60;
      if (each.alt < 500 || each.alt > 41000) each.rate = -each.rate;
    }
  }

  /** What a room says first: identities as JSON, motion as rows. @returns {(object|ArrayBuffer)[]} */
  snapshot() {
    const aircraft = this.aircraft.map(identity);
    const head = {
      t: "snapshot",
      epoch: "e",
      seq: this.seq,
      eseq: 0,
      part: 1,
      parts: 2,
      covers: null,
      filter: null,
      now: this.now,
      aircraft,
    };
    return [head, this._frame(2, 0, 2, this.aircraft)];
  }

  /** An update in which all of them moved, or those from one to another. @param {number} [from] @param {number} [to] */
  update(from = 0, to = this.count) {
    const base = this.seq++;
    return this._frame(1, base, 1, this.aircraft.slice(from, to));
  }

  /** Some leave and as many others come: one JSON message and the rows of the newcomers. @param {number} count @returns {(object|ArrayBuffer)[]} */
  churn(count) {
    const base = this.seq++;
    const gone = this.aircraft.splice(0, count);
    const come = gone.map((each) => ({ ...each, address: (each.address + 0x100003) & 0xffffff }));
    this.aircraft.push(...come);
    const removed = gone.map(({ address }) => hexOf(address));
    const full = come.map((each) => identity(each));
    return [
      { t: "update", base, seq: this.seq, now: this.now, removed, full, more: true },
      this._frame(1, base, 1, come),
    ];
  }

  _frame(kind, base, part, aircraft) {
    const data = new DataView(new ArrayBuffer(HEADER + ROW * aircraft.length));
    data.setUint8(0, kind);
    data.setUint8(1, 1);
    data.setUint32(4, aircraft.length, true);
    data.setBigUint64(8, BigInt(base), true);
    data.setBigUint64(16, BigInt(this.seq), true);
    data.setFloat64(24, this.now, true);
    data.setUint16(32, part, true);
    data.setUint16(34, part, true);
    aircraft.forEach((each, index) => {
      const at = HEADER + ROW * index;
      data.setUint32(at, ((each.ground ? 250 : 248) << 24) | each.address, true);
      data.setInt32(at + 4, Math.round(each.lon * 1e7), true);
      data.setInt32(at + 8, Math.round(each.lat * 1e7), true);
      data.setInt16(at + 12, Math.round(each.alt / 25), true);
      data.setUint16(at + 14, Math.round(each.gs * 10), true);
      data.setUint16(at + 16, Math.round((each.track * 65536) / 360) & 0xffff, true);
      data.setInt8(at + 18, Math.round(each.rate / 64));
      data.setUint8(at + 19, 0);
    });
    return data.buffer;
  }
}

/** @param {number} lon */
function wrapped(lon) {
  return ((((lon + 180) % 360) + 360) % 360) - 180;
}

function hexOf(address) {
  return address.toString(16).padStart(6, "0");
}

/** What is said of an aircraft as JSON. */
function identity({ address, flight, type, category, squawk, source }) {
  return { hex: hexOf(address), flight, ...(type && { t: type }), category, squawk, type: source, seen: 0 };
}
