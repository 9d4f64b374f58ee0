/**
 * The token of a room, as long as this tab is open: from an invitation's link or typed in.
 *
 * It is never in the address for longer than it takes to read it, and never kept longer than the tab.
 */

const INVITED = /[#&]token=([^&\s]+)/;
const PLAIN = /^[\x21-\x7e]+$/;

export class Pass {
  /**
   * @param {string} room
   * @param {Pick<Storage, "getItem"|"setItem"|"removeItem">|null} storage of the tab; null where the browser keeps nothing.
   */
  constructor(room, storage) {
    this._name = `flighttap.token.${room}`;
    this._storage = storage;
    /** @type {string|null} */
    this.token = this._kept();
  }

  /**
   * Take the token out of an invitation's address.
   *
   * @param {{hash: string, pathname: string, search: string}} location
   * @param {{state: any, replaceState: (state: any, unused: string, url: string) => void}} history
   */
  arrive(location, history) {
    const found = INVITED.exec(location.hash);
    if (!found) return;
    history.replaceState(history.state, "", location.pathname + location.search);
    this.take(decoded(found[1]));
  }

  /**
   * Use what a person typed or pasted, a whole invitation too; whether it can be a token.
   *
   * @param {string} text
   */
  take(text) {
    const found = INVITED.exec(text);
    const token = found ? decoded(found[1]) : text.trim();
    if (!PLAIN.test(token)) return false;
    this.token = token;
    try {
      this._storage?.setItem(this._name, token);
    } catch {
      // it is used all the same, until the page is left
    }
    return true;
  }

  _kept() {
    try {
      return this._storage?.getItem(this._name) ?? null;
    } catch {
      return null;
    }
  }
}

/** What the tab keeps, where it keeps anything. @returns {Storage|null} */
export function ofTab() {
  try {
    return sessionStorage;
  } catch {
    return null;
  }
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
