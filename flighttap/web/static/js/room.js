/** A room's page: joins the connection, the fleet, the view, and everything that shows them. */
import { Replica } from "./codec/replica.js";
import { ask } from "./net/api.js";
import { browserTimers, Connection } from "./net/connection.js";
import { ASKED, chosen } from "./pure/columns.js";
import { grouped } from "./pure/format.js";
import { queryOf, viewOf } from "./pure/link.js";
import { noticeOf } from "./pure/noticing.js";
import { describe } from "./pure/status.js";
import { roomPath, socketUrl } from "./pure/url.js";
import { Asked } from "./state/asked.js";
import { Filters } from "./state/filters.js";
import { Fleet } from "./state/fleet.js";
import { FILTERS, HABITS, remembered, View } from "./state/view.js";
import { Watchlist } from "./state/watchlist.js";
import { viewActions } from "./ui/actions.js";
import { Alerts } from "./ui/alerts.js";
import { wireBoxes } from "./ui/boxes.js";
import { wireChips } from "./ui/chips.js";
import { wireCopy } from "./ui/copy.js";
import { Dock } from "./ui/dock.js";
import { byId, mark, show, write } from "./ui/dom.js";
import { Drawer } from "./ui/drawer.js";
import { drawFoot, drawHeadlines } from "./ui/headlines.js";
import { wireKeys } from "./ui/keys.js";
import { Legend } from "./ui/legend.js";
import { Announcer } from "./ui/live.js";
import { Notice } from "./ui/notice.js";
import { Overview } from "./ui/overview.js";
import { Panel } from "./ui/panel.js";
import { Pill } from "./ui/pill.js";
import { SearchBox } from "./ui/searchbox.js";
import { Side, watchOf } from "./ui/side.js";
import { wireSorter } from "./ui/sorter.js";
import { store, stored } from "./ui/stored.js";
import { wireSwitch } from "./ui/switch.js";
import { FlightTable } from "./ui/table.js";
import { Teller } from "./ui/teller.js";
import { wireTheme } from "./ui/theme.js";

const HZ = 10;
const HIDDEN_HZ = 1;
const FRAME_MS = 90; // the list and the panel change at most this often
const SLOW_MS = 1000; // figures that nobody reads ten times a second
const DESCRIBE_MS = 5000;
const ADDRESS_MS = 400;

/** @param {string} room @param {(topic: string, text: string) => void} say */
export function startRoom(room, say) {
  new RoomPage(room, say).start();
}

class RoomPage {
  /** @param {string} room @param {(topic: string, text: string) => void} say */
  constructor(room, say) {
    this._room = room;
    this._say = say;
    const warner = new Announcer((text) => write(byId("warn"), text), browserTimers);
    this._warn = (/** @type {string} */ topic, /** @type {string} */ text) => warner.say(topic, text);
    this._view = new View({ ...remembered(stored("habits")), ...viewOf(location.search) });
    this._fleet = new Fleet();
    this._replica = new Replica(this._fleet);
    /** @type {import("./pure/columns.js").Look} */
    this._look = { now: 0, units: this._view.state.units, place: null, signals: new Map() };
    this._filters = new Filters(this._fleet, this._view, this._look);
    this._watchlist = new Watchlist(stored("watchlist"));
    this._asked = new Asked(room, ask);
    this._heard = 0; // server time of the newest word of any flight
    this._counts = { listed: 0, shown: 0 };
    /** @type {number|null} */
    this._here = null;
    /** @type {Record<string, any>[]|null} of the room, null until the API has said */
    this._feeds = null;
    this._slowed = false;
    this._drawn = -Infinity;
    this._slowAt = -Infinity;
    this._planned = false;
    this._addressTimer = 0;

    const { _view: view, _fleet: fleet, _look: look, _watchlist: watchlist } = this;
    const address = socketUrl(location, this._room);
    const copied = (/** @type {string} */ text) => this._say("copy", text);
    const link = () => location.origin + roomPath(this._room) + queryOf(view.state, true);
    this._connection = new Connection({
      url: address,
      replica: this._replica,
      watch: { hz: document.hidden ? HIDDEN_HZ : HZ, events: true, presence: "count", detail: view.state.selected },
      onState: () => this._stateChanged(),
      onMessage: (message) => this._message(message),
    });
    this._alerts = new Alerts({ say: (text) => this._warn("watch", text), onOpen: (key) => view.select(key, false) });
    this._teller = new Teller({ fleet, watchlist, alerts: this._alerts, warn: this._warn });
    this._pill = new Pill(byId("pill"), () => this._connection.retry());
    this._table = new FlightTable({
      grid: byId("grid"),
      scroller: byId("scroller"),
      fleet,
      view,
      look,
      inSight: () => true,
      onSelect: (key, how, add) => this._picked(key, how, add),
    });
    wireSorter(byId("sort-by"), byId("sort-turn"), this._table, view);
    const panel = new Panel({
      onBack: () => this._back(),
      onFollow: () => view.set({ follow: !view.state.follow }),
      onIsolate: () => view.set({ isolate: !view.state.isolate }),
      onWatch: () => this._watchChosen(),
      link,
      wireCopy: (button, text, done) => wireCopy(button, text, () => copied(done)),
    });
    const overview = new Overview(this._room, address, copied, () => this._back());
    this._overview = overview;
    this._side = new Side({
      dock: byId("dock"),
      side: byId("side"),
      panel,
      overview,
      fleet,
      view,
      look,
      watchlist,
      trailOf: () => null,
    });
    this._drawer = new Drawer({
      onPlace: () => {},
      node: byId("drawer"),
      address,
      say: copied,
      onToggle: (open) => this._drawerToggled(open),
    });
    this._dock = new Dock(
      {
        stage: byId("stage"),
        dock: byId("dock"),
        drawer: byId("drawer"),
        handle: byId("resize"),
        collapse: byId("collapse"),
        grip: byId("grip"),
      },
      view,
      () => {},
    );
    this._notice = new Notice(byId("notice"), {
      room: this._room,
      say: copied,
      onSend: () => this._drawer.open(),
      onClear: () => view.showAll(),
      onRetry: () => this._connection.retry(),
      onSwitch: () => byId("rooms").showPopover(),
      onMeasured: () => {},
    });
    new Legend(byId("legend"), view);
    wireChips(byId("chips"), view);
    this._search = new SearchBox(byId("find"), byId("find-problem"), view, {
      onEnter: () => this._openFirst(),
      onDown: () => this._table.focus(),
    });
    this._wireBar(link);
    wireBoxes({ view, watchlist, alerts: this._alerts, onWatched: () => store("watchlist", watchlist.kept) });
    this._wireView();
    wireKeys(this._actions(), () => view.state.keys);
    fleet.onApplied((applied) => this._applied(applied));
    if (this._dock.isNarrow) view.set({ dock: false });
  }

  start() {
    this._connection.open();
    setInterval(() => this._describe(), DESCRIBE_MS);
    setInterval(() => this._draw(), FRAME_MS * 2);
  }

  // ---- wiring ----

  /** @param {() => string} link */
  _wireBar(link) {
    write(byId("room-name"), this._room);
    wireTheme(byId("theme"), this._view);
    wireCopy(byId("share"), link, () => this._say("copy", "Link copied."));
    wireSwitch({
      popover: byId("rooms"),
      button: byId("switch"),
      form: byId("switch-form"),
      list: byId("switch-rooms"),
      note: byId("switch-note"),
    });
    byId("send").addEventListener("click", () => (this._drawer.isOpen ? this._drawer.close() : this._drawer.open()));
    byId("headcount").addEventListener("click", () => this._showRoom(!this._side.showsRoom));
    document.addEventListener("visibilitychange", () =>
      this._connection.watch({ hz: document.hidden ? HIDDEN_HZ : HZ }),
    );
    addEventListener("online", () => this._connection.retry());
  }

  _wireView() {
    const { _view: view } = this;
    view.on([...FILTERS, "selected", "inView"], () => this._filtered());
    view.on(["selected"], () => this._connection.watch({ detail: view.state.selected }));
    view.on(["selected", "follow", "isolate", "units"], () => {
      this._look.units = view.state.units;
      this._side.draw();
      this._table.paint();
    });
    view.on(HABITS, () => store("habits", view.habits));
    view.on(null, () => {
      clearTimeout(this._addressTimer);
      this._addressTimer = window.setTimeout(() => this._writeAddress(), ADDRESS_MS);
    });
  }

  _writeAddress() {
    history.replaceState(null, "", roomPath(this._room) + queryOf(this._view.state));
  }

  /** @returns {Record<string, () => void>} */
  _actions() {
    return {
      ...viewActions(this._view, this._say),
      search: () => this._search.focus(),
      back: () => this._back(),
      help: () => byId("help").togglePopover(),
    };
  }

  // ---- what people do ----

  /** @param {string} key @param {"pointer"|"enter"} how @param {boolean} add */
  _picked(key, how, add) {
    this._side.room(false);
    this._view.select(key, add || this._view.state.many);
    if (this._view.chosen === null) return;
    if (this._dock.isSheet && this._dock.stop !== "half") this._dock.rise("half");
    if (how === "enter") this._side.focus();
  }

  /** Open the first flight that is found. */
  _openFirst() {
    this._slowAt = -Infinity;
    this._draw();
    const key = this._table.first;
    if (key === null || this._filters.problem) return;
    this._view.set({ dock: true });
    this._picked(key, "enter", false);
  }

  /** One step back: from what is typed, opened or selected last. */
  _back() {
    const focused = document.activeElement;
    if (document.querySelector(":popover-open")) return;
    if (focused === byId("find") && this._search.clear()) return;
    if (this._drawer.isOpen && byId("drawer").contains(focused)) this._drawer.close();
    else if (this._side.showsRoom) this._showRoom(false);
    else if (this._view.state.selected.length) this._view.select(null);
    else if (this._drawer.isOpen) this._drawer.close();
    else if (this._dock.isSheet) this._dock.rise("low");
    if (!this._drawer.isOpen && !this._dock.isSheet) this._table.focus();
  }

  /** @param {boolean} open */
  _showRoom(open) {
    if (open) this._view.set({ dock: true });
    if (open && this._dock.isSheet) this._dock.rise("tall");
    mark(byId("headcount"), "aria-expanded", String(open));
    this._side.room(open);
    this._slowAt = -Infinity;
    this._draw();
  }

  _watchChosen() {
    const key = this._view.chosen;
    if (key === null) return;
    const query = watchOf(key);
    if (this._watchlist.has(query)) this._watchlist.remove(query);
    else this._watchlist.add(query);
    store("watchlist", this._watchlist.kept);
    this._side.draw();
  }

  /** @param {boolean} open */
  _drawerToggled(open) {
    mark(byId("send"), "aria-expanded", String(open));
    this._dock.drawerToggled(open);
    if (!open) byId("send").focus();
  }

  /** A filter was changed. */
  _filtered() {
    this._filters.read();
    this._search.complain(this._filters.problem);
    this._filters.all();
    this._counts = this._filters.count();
    this._table.resort();
    this._slowAt = -Infinity;
    this._draw();
    const { listed, shown } = this._counts;
    if (this._view.filters)
      this._say("search", this._filters.problem || `${grouped(shown)} of ${grouped(listed)} match.`);
  }

  // ---- what the connection says ----

  _stateChanged() {
    const { phase } = this._connection.state;
    if (phase === "live") this._describe();
    else if (phase !== "connecting") this._here = null;
    this._slowAt = -Infinity;
    this._draw();
  }

  /** @param {import("./state/fleet.js").Applied} applied */
  _applied(applied) {
    this._look.now = this._now;
    for (const slot of applied.touched)
      if (this._fleet.heardAt[slot] > this._heard) this._heard = this._fleet.heardAt[slot];
    this._filters.some(applied.touched);
    this._table.note(applied);
    if (applied.whole) this._slowAt = -Infinity;
    this._plan();
  }

  /** @param {Record<string, any>} message */
  _message(message) {
    if (message.t === "hello") this._drawer.allow(message.roles?.includes("publish") !== false);
    else if (message.t === "presence") this._here = message.count;
    else if (message.t === "event") this._drawer.message(message.from, message.data);
    else if (message.t === "lost") this._drawer.lost(message.from, message.to);
    else if (message.t === "rate") this._slowed = message.why === "lag";
    if (message.t === "presence") this._slowAt = -Infinity;
    this._plan();
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
    setTimeout(
      () =>
        requestAnimationFrame(() => {
          this._planned = false;
          this._draw();
        }),
      wait,
    );
  }

  _draw() {
    const local = performance.now();
    const { state } = this._connection;
    this._drawn = local;
    this._look.now = this._now;
    const offline = state.phase !== "live";
    if (local - this._slowAt >= SLOW_MS) this._drawSlow(local, offline);
    this._table.refresh(offline);
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
    this._side.draw();
  }

  /** @param {number} local @param {boolean} offline */
  _drawSlow(local, offline) {
    const { _look: look, _fleet: fleet, _view: view } = this;
    this._slowAt = local;
    this._ask(local);
    this._filters.tick();
    this._counts = this._filters.count();
    if (offline) this._counts.listed = Math.max(this._counts.listed, fleet.count);
    const { listed } = this._counts;
    const known = this._replica.epoch !== null;
    drawHeadlines({ room: this._room, fleet, look, counts: known ? this._counts : null, here: this._here });
    drawFoot(this._table, view.state.inView);
    this._side.count(known ? listed : null, this._here);
    this._teller.look(look.now);
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
      this._filters.all();
      this._table.resort();
    });
  }

  /** @param {import("./net/connection.js").State} state */
  _drawNotice(state) {
    const { listed, shown } = this._counts;
    const { kind, more } = noticeOf({
      state,
      known: this._replica.epoch !== null,
      listed: Math.max(listed, this._table.count),
      shown,
      filters: this._view.filters,
      before: this._heard > 0,
      feeds: this._feeds,
    });
    this._notice.show(kind, more);
    mark(byId("stage"), "data-notice", kind === "none" ? null : kind);
  }

  async _describe() {
    if (document.hidden || this._connection.state.phase !== "live") return;
    const said = await ask(`/api/v1/rooms/${encodeURIComponent(this._room)}`);
    this._feeds = said?.feeds ?? this._feeds ?? [];
    this._plan();
    if (!said) return;
    this._overview.describe(said);
    show(byId("simulated"), said.simulated === true);
    const place = said.feeds.map((/** @type {any} */ feed) => feed.receiver).find(Array.isArray) ?? null;
    if (JSON.stringify(place) === JSON.stringify(this._look.place)) return;
    this._look.place = place;
    this._filtered();
  }
}
