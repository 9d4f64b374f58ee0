/**
 * One page's connection to one room: dials, says watch or resume, applies what comes to the replica,
 * notices silence, and comes back.
 *
 * It owns a socket and timers and nothing of the DOM. Socket class, timers and randomness are
 * arguments, so that tests need neither a network nor patience.
 */
import { opened } from "../codec/binary.js";
import { Gap, Inconsistent } from "../codec/replica.js";
import { pause } from "./backoff.js";
import { ServerClock } from "./clock.js";
import { explain, isFinal, NEEDS_TOKEN } from "./closecodes.js";

export const SUBPROTOCOL = "flighttap.v1.bin";

/** So many flights can be asked about in detail. */
export const MOST_DETAIL = 16;

const PING_AFTER_MS = 5000; // of silence
const CLOCK_EVERY_MS = 60000; // between pings that only measure the clock
const GIVE_UP_MS = 15000; // of silence: the link is dead whatever TCP says
const DIAL_MS = 10000; // to get from dialling to hello
const SETTLED_MS = 10000; // a connection that lasted this long was a good one

/** The browser's own clock and timers. */
export const browserTimers = {
  now: () => performance.now(),
  set: (call, ms) => setTimeout(call, ms),
  clear: (timer) => clearTimeout(timer),
};

/**
 * @typedef {object} State
 * @property {"connecting"|"live"|"waiting"|"refused"|"closed"} phase
 * @property {number} [retryAt] when the next try is, by the timers' clock, while waiting.
 * @property {number} [code] the close code that led here.
 * @property {string} [why] the same in words.
 * @property {string} [remedy] what a person can do about it.
 * @property {boolean} [draining] the server has said that it will close.
 */

/**
 * What is asked of the server; docs/protocol.md, "Watching".
 *
 * @typedef {object} Watch
 * @property {number} [hz]
 * @property {[number, number, number, number]|null} [bbox]
 * @property {boolean} [events]
 * @property {"none"|"count"|"list"} [presence]
 * @property {string[]} [detail] keys of flights whose every field is wanted, where the server has that.
 */

export class Connection {
  /**
   * @param {object} options
   * @param {string} options.url ws: address of the room.
   * @param {import("../codec/replica.js").Replica} options.replica what messages are applied to.
   * @param {Watch} options.watch what to ask the server for at first.
   * @param {(state: State) => void} options.onState
   * @param {(message: Record<string, any>) => void} [options.onMessage] every message that is not about flights.
   * @param {() => string|null} [options.token] gives the token to show, where there is one.
   * @param {typeof WebSocket} [options.Socket]
   * @param {typeof browserTimers} [options.timers]
   * @param {() => number} [options.random]
   */
  constructor({
    url,
    replica,
    watch,
    onState,
    onMessage = () => {},
    token = () => null,
    Socket = WebSocket,
    timers = browserTimers,
    random = Math.random,
  }) {
    this._url = url;
    this._replica = replica;
    this._watch = watch;
    this._onState = onState;
    this._onMessage = onMessage;
    this._token = token;
    this._greeting = false; // the server has not said hello yet
    this._Socket = Socket;
    this._timers = timers;
    this._random = random;
    this._socket = null;
    this._timer = null;
    this._failures = 0;
    this._session = null;
    this._catching = false;
    this._returnAt = null; // as a drain asks
    this._heard = 0;
    this._clockAt = Number.NEGATIVE_INFINITY;
    this._liveSince = null;
    this._hasDetail = false;
    /** The server's clock, measured. */
    this.clock = new ServerClock(() => timers.now());
    /** @type {State} */
    this.state = { phase: "closed" };
  }

  /** Dial now, whatever was planned. */
  open() {
    this._drop();
    this._say({ ...this.state, phase: "connecting", retryAt: undefined });
    const socket = new this._Socket(this._url, SUBPROTOCOL);
    this._socket = socket;
    socket.binaryType = "arraybuffer";
    this._greeting = true;
    const token = this._token();
    if (token !== null) socket.onopen = () => this._send({ op: "auth", id: "auth", token });
    socket.onmessage = (event) => this._received(event.data);
    socket.onclose = (event) => this._closed(event.code);
    this._after(DIAL_MS, () => this._lost(4003));
  }

  /** Leave for good. */
  close() {
    this._drop();
    this._say({ phase: "closed" });
  }

  /** Dial at once if waiting for the next try (or after a refusal, when a person asks). */
  retry() {
    if (this.state.phase === "waiting" || this.state.phase === "refused") this.open();
  }

  /** Ask for something else from now on: of `hz`, `bbox` and `detail`, what is named. */
  watch(/** @type {Watch} */ wanted) {
    const before = JSON.stringify(this._asking());
    this._watch = { ...this._watch, ...wanted };
    if (this.state.phase !== "live") return;
    const asking = this._asking();
    if (JSON.stringify(asking) !== before) this._send({ op: "watch", ...asking });
  }

  /** What makes another connection the same member; null before there is one. @returns {string|null} */
  get session() {
    return this._session;
  }

  /** Say something to the room; nothing is kept for later where there is no connection. @param {Record<string, any>} message */
  send(message) {
    this._send(message);
  }

  _asking() {
    const { detail, ...asking } = this._watch;
    return this._hasDetail && detail ? { ...asking, detail: detail.slice(0, MOST_DETAIL) } : asking;
  }

  /** Milliseconds since anything at all came from the server. */
  get silence() {
    return this._timers.now() - this._heard;
  }

  _received(/** @type {string|ArrayBuffer} */ data) {
    this._heard = this._timers.now();
    const message = typeof data === "string" ? JSON.parse(data) : opened(data);
    if (message.t === "pong") this.clock.answered(message.now);
    else if (typeof message.now === "number") this.clock.heard(message.now);
    if (message.t === "hello") this._greeted(message);
    else if (this._greeting && message.t === "error" && message.code === "unauthorized") this._asked();
    else if (message.t === "drain") this._draining(message);
    else this._apply(message);
  }

  /** The server wants a token before anything else. */
  _asked() {
    if (this._token() === null) this._lost(NEEDS_TOKEN);
  }

  _greeted(hello) {
    this._greeting = false;
    if (this._replica.position() === null) this._session = hello.session; // else the resume's answer says who we are
    this._hasDetail = Array.isArray(hello.features) && hello.features.includes("detail");
    this._replica.apply(hello);
    this._ask();
    this._ping();
    this._onMessage(hello);
    this._listen();
  }

  _ping() {
    this._clockAt = this._timers.now();
    this.clock.asked();
    this._send({ op: "ping" });
  }

  /** Ask for what is lacking: everything, or what came after the position held. */
  _ask() {
    const position = this._replica.position();
    this._catching = true;
    if (position === null) this._send({ op: "watch", ...this._asking() });
    else this._send({ op: "resume", id: "resume", session: this._session, ...position, ...this._asking() });
  }

  _apply(message) {
    if (message.t === "ok" && message.session) this._session = message.session;
    /** @type {import("../state/fleet.js").Applied|null} */
    let applied;
    try {
      applied = this._replica.apply(message);
    } catch (error) {
      if (error instanceof Inconsistent) this._lost(4004);
      else if (!(error instanceof Gap)) throw error;
      else if (!this._catching) this._ask();
      return;
    }
    if (applied) {
      this._catching = false;
      if (this.state.phase !== "live") {
        this._liveSince = this._timers.now();
        this._say({ phase: "live", draining: this._returnAt !== null });
      }
    } else {
      this._onMessage(message);
    }
  }

  _draining(message) {
    this._returnAt = this._timers.now() + message.after_ms + Math.round(this._random() * message.spread_ms);
    this._say({ ...this.state, draining: true });
    this._onMessage(message);
  }

  /** Watch the silence: a question after a while, then the conclusion. */
  _listen() {
    const { silence } = this;
    this._after(silence < PING_AFTER_MS ? PING_AFTER_MS - silence : PING_AFTER_MS, () => {
      if (this.silence >= GIVE_UP_MS) {
        this._lost(4003);
        return;
      }
      if (this.silence >= PING_AFTER_MS || this._timers.now() - this._clockAt >= CLOCK_EVERY_MS) this._ping();
      this._listen();
    });
  }

  _closed(code) {
    this._lost(code);
  }

  _lost(code) {
    if (this._liveSince !== null && this._timers.now() - this._liveSince > SETTLED_MS) this._failures = 0;
    this._drop();
    const { why, remedy } = explain(code);
    if (isFinal(code)) {
      this._say({ phase: "refused", code, why, remedy });
      return;
    }
    const wait =
      this._returnAt === null ? pause(this._failures, this._random) : Math.max(0, this._returnAt - this._timers.now());
    this._returnAt = null;
    this._failures += 1;
    this._say({ phase: "waiting", retryAt: this._timers.now() + wait, code, why });
    this._after(wait, () => this.open());
  }

  _drop() {
    this._timers.clear(this._timer);
    this._timer = null;
    this._liveSince = null;
    this._catching = false;
    this.clock.reconnected();
    if (!this._socket) return;
    const socket = this._socket;
    this._socket = null;
    socket.onopen = null;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }

  _after(ms, call) {
    this._timers.clear(this._timer);
    this._timer = this._timers.set(call, ms);
  }

  _send(message) {
    if (this._socket?.readyState === 1) this._socket.send(JSON.stringify(message));
  }

  _say(state) {
    this.state = state;
    this._onState(state);
  }
}
