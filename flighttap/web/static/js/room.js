/** A room's page: joins the connection, the replica, the table, the panels and the top bar. */
import { Replica } from "./codec/replica.js";
import { BY_ID } from "./ui/columns.js";
import { browserTimers, Connection } from "./net/connection.js";
import { wireCopy } from "./ui/copy.js";
import { byId, mark, show, write } from "./ui/dom.js";
import { Drawer } from "./ui/drawer.js";
import { emergency, grouped, title } from "./pure/format.js";
import { isListed } from "./pure/listing.js";
import { Notice } from "./ui/notice.js";
import { Overview } from "./ui/overview.js";
import { Panel } from "./ui/panel.js";
import { Pill } from "./ui/pill.js";
import { headcount, headcountTitle } from "./pure/presence.js";
import { ask, feedSentence, keepRooms } from "./net/rooms.js";
import { wireRoomForm } from "./ui/roomform.js";
import { searchFor } from "./pure/search.js";
import { wireGrip } from "./ui/sheet.js";
import { wireSorter } from "./ui/sorter.js";
import { describe } from "./pure/status.js";
import { FlightTable } from "./ui/table.js";
import { wireTheme } from "./ui/theme.js";
import { Fleet } from "./state/fleet.js";
import { Flights } from "./ui/flights.js";
import { linkTo, selectedOf, socketUrl } from "./pure/url.js";

const HZ = 10;
const HIDDEN_HZ = 1;
const FRAME_MS = 90; // the screen changes at most this often
const SLOW_MS = 1000; // figures that nobody reads ten times a second
const DESCRIBE_MS = 5000;

export function startRoom(room, say) {
  new RoomPage(room, say).start();
}

class RoomPage {
  constructor(room, say) {
    this._room = room;
    this._say = say;
    this._fleet = new Fleet();
    this._flights = new Flights(this._fleet);
    this._replica = new Replica(this._fleet);
    this._heard = 0; // server time of the newest word of any flight
    this._listed = [];
    this._here = null;
    this._feeds = null; // of the room, null until the API has said
    this._slowed = false;
    this._selected = null;
    this._kept = null; // the selected flight as last seen
    this._drawn = -Infinity;
    this._slowAt = -Infinity;
    this._planned = false;
    this._alarms = new Set();
  }

  start() {
    const address = socketUrl(location, this._room);
    const copied = (text) => this._say("copy", text);
    this._connection = new Connection({
      url: address,
      replica: this._replica,
      watch: { hz: document.hidden ? HIDDEN_HZ : HZ, events: true, presence: "count", detail: [] },
      onState: () => this._stateChanged(),
      onMessage: (message) => this._message(message),
    });
    this._pill = new Pill(byId("pill"), () => this._connection.retry());
    this._table = new FlightTable({
      grid: byId("grid"),
      scroller: byId("scroller"),
      onSelect: (key, how) => this._select(key, how),
      onOrder: () => this._sorter(),
    });
    this._sorter = wireSorter(byId("sort-by"), byId("sort-turn"), this._table);
    this._panel = new Panel(() => this._select(null));
    this._overview = new Overview(this._room, address, copied, () => this._openSide(false));
    wireGrip(byId("grip"), byId("side"), () => this._select(null));
    byId("side").append(this._overview.node, this._panel.node);
    this._drawer = new Drawer({ node: byId("drawer"), address, say: copied, onToggle: (open) => this._drawerToggled(open) });
    this._notice = new Notice(byId("notice"), {
      room: this._room,
      say: copied,
      onSend: () => this._drawer.open(),
      onClear: () => this._search(""),
      onRetry: () => this._connection.retry(),
      onSwitch: () => byId("rooms").showPopover(),
    });
    this._wireBar();
    this._selected = selectedOf(location.search);
    this._table.selected = this._selected;
    this._fleet.onApplied((applied) => this._applied(applied));
    this._connection.watch({ detail: this._detail });
    this._connection.open();
    setInterval(() => this._describe(), DESCRIBE_MS);
    setInterval(() => this._draw(), FRAME_MS * 2);
  }

  // ---- the top bar ----

  _wireBar() {
    write(byId("room-name"), this._room);
    wireTheme(byId("theme"));
    wireCopy(byId("share"), () => location.origin + linkTo(this._room, this._selected), () => this._say("copy", "Link copied."));
    wireRoomForm(byId("switch-form"));
    const popover = byId("rooms");
    const refresh = keepRooms(byId("switch-rooms"), byId("switch-note"), () => popover.matches(":popover-open"));
    popover.addEventListener("toggle", (event) => {
      if (event.newState !== "open") return;
      refresh();
      byId("switch-id").focus();
    });
    byId("send").addEventListener("click", () => (this._drawer.isOpen ? this._drawer.close() : this._drawer.open()));
    byId("headcount").addEventListener("click", () => {
      this._select(null);
      this._openSide(!byId("side").hasAttribute("data-open"));
    });
    byId("find").addEventListener("input", (event) => this._search(event.target.value));
    document.addEventListener("keydown", (event) => this._key(event));
    document.addEventListener("visibilitychange", () => this._connection.watch({ hz: document.hidden ? HIDDEN_HZ : HZ }));
    addEventListener("online", () => this._connection.retry());
  }

  _key(event) {
    const typing = event.target.matches?.("input, textarea, select");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      byId("find").focus();
    } else if (event.key === "Escape" && !byId("rooms").matches(":popover-open")) {
      if (event.target === byId("find") && this._table.search.active) this._search("");
      else if (this._drawer.isOpen && byId("drawer").contains(event.target)) this._drawer.close();
      else if (this._selected !== null || byId("side").hasAttribute("data-open")) this._select(null);
      else this._drawer.close();
    }
  }

  _search(text) {
    if (byId("find").value !== text) byId("find").value = text;
    this._table.search = searchFor(text);
    this._table.resort();
    this._slowAt = -Infinity;
    this._draw();
    const { active, problem } = this._table.search;
    if (active) this._say("search", problem || `${grouped(this._table.count)} of ${grouped(this._listed.length)} match.`);
  }

  // ---- selection and panels ----

  _select(key, how = "") {
    const before = this._selected;
    this._selected = key;
    this._table.selected = key;
    this._kept = key === null ? null : (this._flights.get(key) ?? null);
    history.replaceState(null, "", linkTo(this._room, key));
    this._connection.watch({ detail: this._detail });
    this._openSide(key !== null);
    if (key !== null && how !== "follow" && getComputedStyle(byId("side")).display === "none") this._drawer.close();
    this._draw();
    if (how === "enter") this._panel.back.focus();
    if (key === null && before !== null) this._table.focus();
  }

  /** The flights whose every field is wanted. */
  get _detail() {
    return this._selected === null ? [] : [this._selected];
  }

  _openSide(open) {
    mark(byId("side"), "data-open", open ? "" : null);
    mark(byId("stage"), "data-side", open ? "" : null);
    mark(byId("headcount"), "aria-expanded", String(open));
    this._table.paint();
  }

  _drawerToggled(open) {
    mark(byId("send"), "aria-expanded", String(open));
    mark(byId("stage"), "data-drawer", open ? "" : null);
    if (!open) byId("send").focus();
  }

  // ---- what the connection says ----

  _stateChanged() {
    const { phase } = this._connection.state;
    if (phase === "live") this._describe();
    else if (phase !== "connecting") this._here = null;
    this._slowAt = -Infinity;
    this._draw();
  }

  _applied(applied) {
    for (const slot of applied.touched) this._heard = Math.max(this._heard, this._fleet.heardAt[slot]);
    this._table.note(applied);
    this._plan();
  }

  _message(message) {
    if (message.t === "hello") this._drawer.allow(message.roles?.includes("publish") !== false);
    else if (message.t === "presence") this._here = message.count;
    else if (message.t === "event") this._drawer.message(message.from, message.data);
    else if (message.t === "lost") this._drawer.lost(message.from, message.to);
    else if (message.t === "rate") this._slowed = message.why === "lag";
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
    setTimeout(() => requestAnimationFrame(() => {
      this._planned = false;
      this._draw();
    }), wait);
  }

  _draw() {
    const local = performance.now();
    const { state } = this._connection;
    const now = this._now;
    this._drawn = local;
    const flights = this._flights;
    const offline = state.phase !== "live";
    if (local - this._slowAt >= SLOW_MS || flights.size !== this._size) this._drawSlow(local, now, offline);
    this._table.refresh(flights, now, offline);
    const pill = describe(state, {
      now: local,
      dataAge: this._listed.length ? Math.max(0, now - this._heard) : null,
      silence: this._connection.silence / 1000,
      slowed: this._slowed,
    });
    this._pill.show(pill);
    this._say("status", pill.say);
    mark(byId("stage"), "data-offline", offline && flights.size ? "" : null);
    this._drawNotice(state);
    this._drawPanel(now);
  }

  _drawSlow(local, now, offline) {
    const flights = this._flights;
    this._slowAt = local;
    this._size = flights.size;
    this._listed = [...flights.values()].filter((flight) => offline || isListed(flight, now));
    const known = this._replica.epoch !== null;
    write(byId("headcount"), headcount(known ? this._listed.length : null, this._here));
    byId("headcount").title = headcountTitle(this._here);
    this._overview.count(known ? this._listed : null, this._here);
    this._drawFoot();
    this._tellAlarms();
    const name = known ? `${this._room} · ${grouped(this._listed.length)} aircraft · flighttap` : `${this._room} · flighttap`;
    if (document.title !== name) document.title = name;
  }

  _drawFoot() {
    const { column } = this._table.by;
    const parts = [column === "seen" ? "Newest flights on top, silent ones below" : `Sorted by ${BY_ID.get(column).label}`];
    if (this._table.search.active) parts.push(`${grouped(this._table.count)} of ${grouped(this._listed.length)} match`);
    if (this._table.held && this._table.count) parts.push("Order held while you are on it");
    const empty = this._table.hiddenColumns.map((column) => column.label);
    if (empty.length) parts.push(`${empty.join(", ")} hidden: nobody here sends ${empty.length > 1 ? "them" : "it"}`);
    write(byId("foot"), parts.join(" · "));
  }

  _drawNotice(state) {
    const nobody = this._table.count === 0;
    let kind = "none";
    if (state.phase === "refused") kind = "refused";
    else if (this._replica.epoch === null) kind = state.phase === "waiting" ? "offline" : "connecting";
    else if (nobody && this._table.search.active && this._listed.length) kind = "filtered";
    else if (nobody && state.phase === "live") kind = this._feeds === null ? "connecting" : this._feeds.length ? "waiting" : "empty";
    const more = {
      filtered: { total: this._listed.length, problem: this._table.search.problem },
      waiting: { feeds: (this._feeds ?? []).map(feedSentence) },
      empty: { again: this._heard > 0 },
      refused: { why: state.why, remedy: state.remedy },
    }[kind];
    this._notice.show(kind, more);
    mark(byId("stage"), "data-notice", kind === "none" ? null : kind);
  }

  _drawPanel(now) {
    const flight = this._selected === null ? null : (this._flights.get(this._selected) ?? null);
    if (flight) this._kept = flight;
    const shown = this._selected !== null && this._kept !== null;
    show(this._panel.node, shown);
    show(this._overview.node, !shown);
    if (shown) {
      this._panel.show(this._kept, now, flight === null);
      if (!byId("side").hasAttribute("data-open")) this._openSide(true);
    }
  }

  _tellAlarms() {
    for (const flight of this._listed) {
      const word = emergency(flight.record);
      if (!word) this._alarms.delete(flight.key);
      else if (!this._alarms.has(flight.key)) {
        this._alarms.add(flight.key);
        this._say(`alarm ${flight.key}`, `${word}: ${title(flight)}.`);
      }
    }
  }

  async _describe() {
    if (document.hidden || this._connection.state.phase !== "live") return;
    const said = await ask(`/api/v1/rooms/${encodeURIComponent(this._room)}`);
    this._feeds = said?.feeds ?? this._feeds ?? [];
    this._plan();
    if (!said) return;
    this._overview.describe(said);
    show(byId("simulated"), said.simulated === true);
  }
}
