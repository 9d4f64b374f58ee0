/**
 * Views that members share: each as an event in the room that holds the query of an address. No DOM.
 *
 * Sharing is opt-in and says what changed at most every two seconds; a view not heard of for a while is
 * forgotten. What somebody sends is read as an address is: nonsense in it is passed over.
 */
import { queryOf, viewOf } from "../pure/link.js";
import { START } from "./view.js";

const EVERY_MS = 2000;
const AGAIN_MS = 20000; // even without a change, for who came later
const KEPT_MS = 60000;
const LONGEST = 2000; // characters of a view

/** Parts of a view that go with it besides the camera: what is chosen and filtered, not a person's habits. */
const SHARED = /** @type {const} */ ([
  "selected",
  "query",
  "low",
  "high",
  "within",
  "position",
  "ground",
  "from",
  "isolate",
]);

export class SharedViews {
  /**
   * @param {import("./view.js").View} view
   * @param {(event: Record<string, any>) => void} send
   * @param {(camera: import("./view.js").Camera) => void} go moves the map.
   */
  constructor(view, send, go) {
    this._view = view;
    this._send = send;
    this._go = go;
    this._said = "";
    this._saidAt = -Infinity;
    this.sharing = false;
    /** @type {string|null} whose view is followed */
    this.followed = null;
    /** @type {Map<string, {query: string, at: number}>} */
    this._heard = new Map();
  }

  /** Ids of those who share. @param {number} now ms */
  sharers(now) {
    for (const [id, { at }] of this._heard) if (now - at > KEPT_MS) this._heard.delete(id);
    return new Set(this._heard.keys());
  }

  /** Share or end sharing. @param {boolean} on */
  share(on) {
    if (!on && this.sharing) this._send({ view: null });
    this.sharing = on;
    this._said = "";
  }

  /** Say what is looked at, if that is due. @param {number} now ms */
  tick(now) {
    if (!this.sharing || now - this._saidAt < EVERY_MS) return;
    const query = queryOf(this._view.state);
    if (query === this._said && now - this._saidAt < AGAIN_MS) return;
    this._said = query;
    this._saidAt = now;
    this._send({ view: query });
  }

  /** Follow somebody's view, or nobody's. @param {string|null} id */
  follow(id) {
    this.followed = id;
    const heard = id === null ? undefined : this._heard.get(id);
    if (heard) this._look(heard.query);
  }

  /**
   * An event of the room: take it if it is a view.
   *
   * @param {unknown} from public id of who sent it.
   * @param {any} data
   * @param {number} now ms
   * @returns {boolean} whether it was one.
   */
  take(from, data, now) {
    if (typeof data !== "object" || data === null || !Object.hasOwn(data, "view")) return false;
    if (typeof from !== "string") return true;
    const query = data.view;
    if (typeof query === "string" && query.length <= LONGEST) this._heard.set(from, { query, at: now });
    else this._heard.delete(from);
    if (from !== this.followed) return true;
    if (typeof query === "string" && query.length <= LONGEST) this._look(query);
    else this.followed = null;
    return true;
  }

  /** @param {string} query */
  _look(query) {
    const whole = viewOf(query);
    this._view.set(Object.fromEntries(SHARED.map((name) => [name, whole[name] ?? START[name]])));
    if (whole.camera) this._go(whole.camera);
  }
}
