/** What was shown for the first time, in the browser's own record, for who measures how long that took. */
export class Firsts {
  constructor() {
    /** @type {Set<string>} */
    this._seen = new Set();
  }

  /** Mark that something is shown; again it changes nothing. @param {string} what */
  reached(what) {
    if (this._seen.has(what)) return;
    this._seen.add(what);
    performance.mark(what);
  }
}
