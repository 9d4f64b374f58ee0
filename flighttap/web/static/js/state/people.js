/**
 * Who is in the room: the page's copy of the list that the server keeps, by public id. No DOM.
 *
 * The rules are those of docs/protocol.md, "Who is here".
 */

const NAME_MOST = 40;

export class People {
  constructor() {
    /** How many are here, null while that is not known. @type {number|null} */
    this.count = null;
    /** Names by public id, "" for one without; null where only the number is told. @type {Map<string, string>|null} */
    this.members = null;
    this._pseq = -1;
  }

  /** Names of those who have one, by public id. */
  get names() {
    return new Map([...(this.members ?? [])].filter(([, name]) => name !== ""));
  }

  /** Take a message in. @param {Record<string, any>} message @returns {boolean} whether the list has to be asked for anew. */
  take(message) {
    this.count = message.count;
    if (Array.isArray(message.members)) {
      this.members = new Map(message.members.map(entry));
    } else if (message.base === undefined) {
      this.members = null;
    } else if (this.members === null || message.base > this._pseq) {
      return true;
    } else {
      for (const id of message.left ?? []) this.members.delete(id);
      for (const each of message.joined ?? []) this.members.set(...entry(each));
    }
    this._pseq = message.pseq;
    return false;
  }

  /** The connection is gone: nothing is known any more. */
  forget() {
    this.count = null;
    this.members = null;
    this._pseq = -1;
  }
}

/** @param {{id: string, name?: string}} member @returns {[string, string]} */
function entry({ id, name }) {
  return [String(id), String(name ?? "").slice(0, NAME_MOST)];
}
