/**
 * What a screen reader is told: one polite line at a time, the newest of each topic, not more often
 * than every few seconds.
 */

const PAUSE_MS = 4000;

export class Announcer {
  /**
   * @param {(text: string) => void} write puts a text into the live region.
   * @param {{now: () => number, set: (call: () => void, ms: number) => unknown}} timers
   */
  constructor(write, timers) {
    this._write = write;
    this._timers = timers;
    this._waiting = new Map();
    this._last = -Infinity;
    this._planned = false;
    this._said = new Map();
  }

  /** Say a text about a topic, unless it was the last one said about it. @param {string} topic @param {string} text */
  say(topic, text) {
    if (!text || this._said.get(topic) === text) {
      this._waiting.delete(topic);
      return;
    }
    this._waiting.set(topic, text);
    this._plan();
  }

  _plan() {
    if (this._planned) return;
    const wait = Math.max(0, this._last + PAUSE_MS - this._timers.now());
    this._planned = true;
    this._timers.set(() => this._speak(), wait);
  }

  _speak() {
    this._planned = false;
    if (!this._waiting.size) return;
    for (const [topic, text] of this._waiting) this._said.set(topic, text);
    this._write([...this._waiting.values()].join(" "));
    this._waiting.clear();
    this._last = this._timers.now();
  }
}
