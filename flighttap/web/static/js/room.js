/** A room's page: joins the connection, the state and the desk. What comes in is drawn from here, and at what pace. */
import { Replica } from "./codec/replica.js";
import { ask, fetchBytes, showToken } from "./net/api.js";
import { browserTimers, Connection } from "./net/connection.js";
import { ASKED, chosen } from "./pure/columns.js";
import { grouped } from "./pure/format.js";
import { viewOf } from "./pure/link.js";
import { noticeOf } from "./pure/noticing.js";
import { called } from "./pure/presence.js";
import { describe } from "./pure/status.js";
import { socketUrl } from "./pure/url.js";
import { Asked } from "./state/asked.js";
import { Filters } from "./state/filters.js";
import { Fleet } from "./state/fleet.js";
import { ofTab, Pass } from "./state/pass.js";
import { Past } from "./state/past.js";
import { People } from "./state/people.js";
import { SharedViews } from "./state/sharedview.js";
import { Trails } from "./state/trails.js";
import { FILTERS, remembered, View } from "./state/view.js";
import { Watchlist } from "./state/watchlist.js";
import { Alerts } from "./ui/alerts.js";
import { Desk } from "./ui/desk.js";
import { byId, mark, show, write } from "./ui/dom.js";
import { drawFoot, drawHeadlines } from "./ui/headlines.js";
import { Hereabouts } from "./ui/hereabouts.js";
import { Announcer } from "./ui/live.js";
import { Pill } from "./ui/pill.js";
import { stored } from "./ui/stored.js";
import { Teller } from "./ui/teller.js";

const HZ = 10;
const CROWDED_HZ = 2;
const HIDDEN_HZ = 1;
const CROWDED = 3000; // flights beyond which only the part that is looked at is asked for
const TRAILS_ZOOM = 7;
const FRAME_MS = 90; // the list and the panel change at most this often
const SLOW_MS = 1000; // figures that nobody reads ten times a second
const DESCRIBE_MS = 5000;
const REACH_MS = 60000;

/** @param {string} room @param {(topic: string, text: string) => void} say */
export function startRoom(room, say) {
  const pass = new Pass(room, ofTab());
  pass.arrive(location, history);
  showToken(() => pass.token);
  new RoomPage(room, say, pass).start();
}

class RoomPage {
  /** @param {string} room @param {(topic: string, text: string) => void} say @param {Pass} pass */
  constructor(room, say, pass) {
    this._room = room;
    this._say = say;
    const warner = new Announcer((text) => write(byId("warn"), text), browserTimers);
    const warn = (/** @type {string} */ topic, /** @type {string} */ text) => warner.say(topic, text);
    const address = socketUrl(location, room);
    const view = new View(remembered(stored("habits")), viewOf(location.search));
    const fleet = new Fleet();
    const watchlist = new Watchlist(stored("watchlist"));
    /** @type {import("./pure/columns.js").Look} */
    const look = { now: 0, units: view.state.units, place: null, names: new Map(), signals: new Map() };
    this._view = view;
    this._fleet = fleet;
    this._look = look;
    this._replica = new Replica(fleet);
    this._filters = new Filters(fleet, view, look);
    this._asked = new Asked(room, ask);
    this._heard = 0; // server time of the newest word of any flight
    this._counts = { listed: 0, shown: 0 };
    this._people = new People();
    /** @type {string|null} the public id of this page */
    this._me = null;
    /** @type {Record<string, any>[]|null} of the room, null until the API has said */
    this._feeds = null;
    /** @type {string|null|undefined} the room with a simulated sky, not asked for yet if undefined */
    this._demo = undefined;
    this._total = 0; // flights in the room, as the API says
    /** @type {import("./map/map.js").Seen|null} */
    this._seen = null;
    this._slowed = false;
    this._drawn = -Infinity;
    this._slowAt = -Infinity;
    this._reachAt = -Infinity;
    this._planned = false;

    this._connection = new Connection({
      url: address,
      replica: this._replica,
      watch: { ...this._pace(), events: true, presence: "list", detail: view.state.selected },
      onState: () => this._stateChanged(),
      onMessage: (message) => this._message(message),
      token: () => pass.token,
    });
    addEventListener("hashchange", () => {
      const before = pass.token;
      pass.arrive(location, history); // an invitation was opened over this page
      if (pass.token !== before) this._connection.open();
    });
    fleet.onApplied((applied) => this._applied(applied)); // before the map, which draws what the filters left
    const trails = new Trails(fleet);
    this._past = new Past(room, { trails, fleet, ask, fetchBytes, onTrails: () => this._plan() });
    const alerts = new Alerts({ say: (text) => warn("watch", text), onOpen: (key) => view.select(key, false) });
    this._shared = new SharedViews(
      view,
      (event) => this._connection.send({ op: "publish", event }),
      (camera) => this._desk.map.map?.go(camera),
    );
    this._hereabouts = new Hereabouts({
      onName: (name) => this._connection.send({ op: "name", name }),
      onShare: (on) => this._shared.share(on),
      onFollow: (id) => {
        this._shared.follow(id);
        this._redraw();
      },
    });
    this._teller = new Teller({ fleet, watchlist, alerts, warn });
    this._pill = new Pill(byId("pill"), () => this._connection.retry());
    this._desk = new Desk({
      room,
      address,
      fleet,
      trails,
      past: this._past,
      view,
      look,
      watchlist,
      alerts,
      now: () => this._now,
      say,
      session: () => this._connection.session,
      onRetry: () => this._connection.retry(),
      onToken: (text) => {
        const taken = pass.take(text);
        if (taken) this._connection.open();
        return taken;
      },
      redraw: () => this._redraw(),
      onHand: () => this._shared.follow(null),
      onLeave: () => {
        this._shared.follow(null);
        this._redraw();
      },
      here: this._hereabouts.node,
    });
    view.on([...FILTERS, "selected", "inView"], () => this._filtered());
    view.on(["selected"], () => this._selected());
    view.on(["units"], () => {
      look.units = view.state.units;
    });
    document.addEventListener("visibilitychange", () => this._connection.watch(this._pace()));
    addEventListener("online", () => this._connection.retry());
  }

  start() {
    this._connection.open();
    this._desk.map.start((seen) => this._looked(seen));
    setInterval(() => this._describe(), DESCRIBE_MS);
    setInterval(() => this._draw(), FRAME_MS * 2);
  }

  // ---- what is asked for ----

  /** How often flights are sent, and of which part of the map. @returns {import("./net/connection.js").Watch} */
  _pace() {
    const hz = document.hidden ? HIDDEN_HZ : this._crowded ? CROWDED_HZ : HZ;
    return { hz, bbox: this._crowded && this._seen ? padded(this._seen.bbox) : null };
  }

  /** Whether there are too many flights to hold them all. */
  get _crowded() {
    return Math.max(this._total, this._fleet.count) > CROWDED;
  }

  /** Ask where flights have been: all of them, or those on the map where trails show. */
  _askTrails() {
    const now = performance.now();
    if (!this._crowded) this._past.area(null, now);
    else if (this._seen && this._seen.zoom >= TRAILS_ZOOM) this._past.area(padded(this._seen.bbox), now);
  }

  /** @param {import("./map/map.js").Seen} seen */
  _looked(seen) {
    this._seen = seen;
    this._connection.watch(this._pace());
    if (this._connection.state.phase === "live") this._askTrails();
    if (this._view.state.inView) this._redraw();
  }

  _selected() {
    this._connection.watch({ detail: this._view.state.selected });
    const { chosen: key } = this._view;
    const slot = key === null ? -1 : this._fleet.slot(key);
    if (key !== null && slot >= 0 && this._crowded && !Number.isNaN(this._fleet.lat[slot])) {
      this._past.flight(key, performance.now());
    }
  }

  /** A filter was changed. */
  _filtered() {
    this._filters.read();
    this._desk.search.complain(this._filters.problem);
    this._refilter();
    const { listed, shown } = this._counts;
    if (this._view.filters)
      this._say("search", this._filters.problem || `${grouped(shown)} of ${grouped(listed)} match.`);
  }

  /** Look at every flight anew. */
  _refilter() {
    this._filters.all();
    this._counts = this._filters.count();
    this._desk.map.map?.refilter();
    this._desk.table.resort();
    this._redraw();
  }

  // ---- what the connection says ----

  _stateChanged() {
    const { phase } = this._connection.state;
    if (phase === "live") this._describe();
    else if (phase !== "connecting") this._people.forget();
    this._redraw();
  }

  /** @param {import("./state/fleet.js").Applied} applied */
  _applied(applied) {
    const { _fleet: fleet } = this;
    this._look.now = this._now;
    for (const slot of applied.touched) if (fleet.heardAt[slot] > this._heard) this._heard = fleet.heardAt[slot];
    this._filters.some(applied.touched);
    this._desk.table.note(applied);
    if (applied.whole) {
      this._slowAt = -Infinity;
      this._askTrails();
    }
    this._plan();
  }

  /** @param {Record<string, any>} message */
  _message(message) {
    if (message.t === "hello") this._greeted(message);
    else if (message.t === "presence") this._gathered(message);
    else if (message.t === "event") this._happened(message);
    else if (message.t === "ok" && message.as) this._me = message.as;
    else if (message.t === "ok" && message.roles) this._desk.drawer.allow(message.roles.includes("publish"));
    else if (message.t === "lost") this._desk.drawer.lost(message.from, message.to);
    else if (message.t === "rate") this._slowed = message.why === "lag";
    this._plan();
  }

  /** @param {Record<string, any>} hello */
  _greeted(hello) {
    this._me = hello.id ?? null;
    this._desk.drawer.allow(hello.roles?.includes("publish") !== false);
    const { name } = this._hereabouts;
    if (name) this._connection.send({ op: "name", name });
  }

  /** @param {Record<string, any>} message */
  _gathered(message) {
    if (this._people.take(message)) this._connection.send({ op: "presence" });
    this._look.names = this._people.names;
    this._slowAt = -Infinity;
  }

  /** @param {Record<string, any>} message */
  _happened({ from, data }) {
    if (from === this._me && typeof data?.view !== "undefined") return;
    if (!this._shared.take(from, data, performance.now()))
      this._desk.drawer.message(this._look.names.get(from) ?? from, data);
  }

  /** The server's clock now. */
  get _now() {
    const { clock } = this._connection;
    return clock.known ? clock.now() : this._replica.now;
  }

  // ---- drawing ----

  _plan() {
    if (this._planned) return;
    this._planned = true;
    const wait = Math.max(0, this._drawn + FRAME_MS - performance.now());
    setTimeout(() => {
      requestAnimationFrame(() => {
        this._planned = false;
        this._draw();
      });
    }, wait);
  }

  /** Bring everything up to date now. */
  _redraw() {
    this._slowAt = -Infinity;
    this._draw();
  }

  _draw() {
    const local = performance.now();
    const { state } = this._connection;
    const { map, table, side } = this._desk;
    this._drawn = local;
    this._look.now = this._now;
    const offline = state.phase !== "live";
    if (local - this._slowAt >= SLOW_MS) this._drawSlow(local, offline);
    map.settle(this._feeds !== null);
    table.refresh(offline);
    const pill = describe(state, {
      now: local,
      dataAge: this._counts.listed ? Math.max(0, this._look.now - this._heard) : null,
      silence: this._connection.silence / 1000,
      slowed: this._slowed,
    });
    this._pill.show(pill);
    this._say("status", pill.say);
    mark(byId("stage"), "data-offline", offline && this._fleet.count ? "" : null);
    this._drawNotice(state);
    side.draw();
  }

  /** @param {number} local @param {boolean} offline */
  _drawSlow(local, offline) {
    const { _look: look, _fleet: fleet, _view: view, _desk: desk } = this;
    this._slowAt = local;
    this._ask(local);
    if (this._filters.tick()) desk.map.map?.refilter();
    this._counts = this._filters.count();
    if (offline) this._counts.listed = Math.max(this._counts.listed, fleet.count);
    const known = this._replica.epoch !== null;
    drawHeadlines({
      room: this._room,
      fleet,
      look,
      counts: known ? this._counts : null,
      here: this._people.count,
      sharing: this._shared.sharing,
    });
    drawFoot(desk.table, view.state, desk.map.map !== null);
    desk.side.count(known ? this._counts.listed : null, this._people.count);
    this._shared.tick(local);
    this._hereabouts.show(this._people, this._me, this._shared.sharers(local), this._shared.followed);
    const watched = this._teller.look(look.now); // tells what is new, with a map or without
    desk.map.map?.setWatched(watched);
    mark(byId("filter"), "data-on", view.filters ? "" : null);
  }

  /** Ask the API for what the stream does not carry. @param {number} local */
  _ask(local) {
    const wanted = chosen(this._view.state.columns).some(({ id }) => ASKED.has(id));
    this._asked.signals(wanted && !document.hidden, local, (signals) => {
      this._look.signals = signals;
    });
    const { beyond, normal } = this._filters.search;
    this._asked.matches(beyond ? normal : "", local, (keys) => {
      this._filters.told = keys;
      this._refilter();
    });
  }

  /** @param {import("./net/connection.js").State} state */
  _drawNotice(state) {
    const { notice, table, measured } = this._desk;
    const { followed } = this._shared;
    const { listed, shown } = this._counts;
    const { kind, more } = noticeOf({
      state,
      known: this._replica.epoch !== null,
      listed: Math.max(listed, table.count),
      shown,
      filters: this._view.filters,
      before: this._heard > 0,
      feeds: this._feeds,
      measured,
      demo: this._demo ?? null,
      followed: followed === null ? null : called(followed, this._look.names.get(followed)),
    });
    notice.show(kind, more);
    mark(byId("stage"), "data-notice", kind === "none" ? null : kind);
  }

  /** For who stands in an empty room: where there is something to see. */
  async _findDemo() {
    this._demo = null;
    const rooms = (await ask("/api/v1/rooms"))?.rooms ?? [];
    this._demo = rooms.find((/** @type {any} */ room) => room.simulated)?.room ?? null;
    this._plan();
  }

  async _describe() {
    if (document.hidden || this._connection.state.phase !== "live") return;
    const said = await ask(`/api/v1/rooms/${encodeURIComponent(this._room)}`);
    this._feeds = said?.feeds ?? this._feeds ?? [];
    this._plan();
    if (!said) return;
    this._desk.overview.describe(said);
    show(byId("simulated"), said.simulated === true);
    this._total = said.aircraft;
    if (!said.aircraft && this._demo === undefined) this._findDemo();
    this._connection.watch(this._pace());
    const places = said.feeds.map((/** @type {any} */ feed) => feed.receiver).filter(Array.isArray);
    const place = places[0] ?? null;
    const moved = JSON.stringify(place) !== JSON.stringify(this._look.place);
    this._look.place = place;
    if (moved) {
      this._desk.map.receiver(place, []); // before the map is told where to look
      this._refilter();
    }
    if (!moved && performance.now() - this._reachAt < REACH_MS) return;
    this._reachAt = performance.now();
    if (places.length === 1) this._desk.map.receiver(place, (await this._past.reach()) ?? []);
  }
}

/** A box a third wider and higher than what is seen, so that a small move shows no edge. @param {[number, number, number, number]} box @returns {[number, number, number, number]} */
function padded([west, south, east, north]) {
  const [x, y] = [(east - west) / 6, (north - south) / 6];
  if (east - west + 2 * x >= 360) return [-180, Math.max(-90, south - y), 180, Math.min(90, north + y)];
  const round = (/** @type {number} */ lon) => ((((lon + 180) % 360) + 360) % 360) - 180;
  return [round(west - x), Math.max(-90, south - y), round(east + x), Math.min(90, north + y)];
}
