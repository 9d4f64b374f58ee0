/**
 * What the stream does not carry for every flight, asked of the API every few seconds while somebody
 * wants it: signal strength and message counts for the table, and the flights that a filter on other
 * fields matches. No DOM.
 */

const EVERY_MS = 5000;

/** @typedef {{rssi?: number, messages?: number}} Signal */

export class Asked {
  /**
   * @param {string} room
   * @param {(path: string) => Promise<any>} ask JSON of the API, null when there is none.
   */
  constructor(room, ask) {
    this._base = `/api/v1/rooms/${encodeURIComponent(room)}/aircraft`;
    this._ask = ask;
    /** @type {Record<"signals"|"matches", {wish: string, at: number, pending: boolean}>} */
    this._state = {
      signals: { wish: "", at: -Infinity, pending: false },
      matches: { wish: "", at: -Infinity, pending: false },
    };
  }

  /** Signals of all flights by key, about every five seconds. @param {boolean} wanted @param {number} now ms @param {(signals: Map<string, Signal>) => void} take */
  signals(wanted, now, take) {
    this._turn("signals", wanted ? "fields=rssi,messages" : "", now, (aircraft) => {
      take(new Map(aircraft.map((each) => [each.hex ?? each.key, { rssi: each.rssi, messages: each.messages }])));
    });
  }

  /** Keys of the flights that a filter matches. @param {string} filter "" for none. @param {number} now ms @param {(keys: Set<string>) => void} take */
  matches(filter, now, take) {
    const wish = filter === "" ? "" : `fields=flight&where=${encodeURIComponent(filter)}`;
    this._turn("matches", wish, now, (aircraft) => take(new Set(aircraft.map((each) => each.hex ?? each.key))));
  }

  /**
   * @param {"signals"|"matches"} what
   * @param {string} wish
   * @param {number} now
   * @param {(aircraft: Record<string, any>[]) => void} take
   */
  async _turn(what, wish, now, take) {
    const state = this._state[what];
    const changed = wish !== state.wish;
    state.wish = wish;
    if (wish === "" || state.pending || (!changed && now - state.at < EVERY_MS)) return;
    state.pending = true;
    state.at = now;
    const answer = await this._ask(`${this._base}?${wish}`);
    state.pending = false;
    if (answer && state.wish === wish) take(answer.aircraft);
  }
}
