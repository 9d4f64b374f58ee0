/** Everything of the room page that people touch: list, panel, map, drawer, boxes, keys; and what touching does. */
import { queryOf } from "../pure/link.js";
import { roomPath } from "../pure/url.js";
import { HABITS } from "../state/view.js";
import { viewActions } from "./actions.js";
import { wireBoxes } from "./boxes.js";
import { wireChips } from "./chips.js";
import { wireCopy } from "./copy.js";
import { Dock } from "./dock.js";
import { byId, mark, write } from "./dom.js";
import { Drawer } from "./drawer.js";
import { wireEmbed } from "./embed.js";
import { wireKeys } from "./keys.js";
import { Legend } from "./legend.js";
import { MapSide } from "./mapside.js";
import { Notice } from "./notice.js";
import { Overview } from "./overview.js";
import { Panel } from "./panel.js";
import { SearchBox } from "./searchbox.js";
import { Side, watchOf } from "./side.js";
import { wireSorter } from "./sorter.js";
import { store } from "./stored.js";
import { wireSwitch } from "./switch.js";
import { FlightTable } from "./table.js";
import { wireTheme } from "./theme.js";

const ADDRESS_MS = 400;
const STEP = 0.25; // of what is seen, by which a key moves the map

export class Desk {
  /**
   * @param {object} parts
   * @param {string} parts.room
   * @param {string} parts.address the room's WebSocket.
   * @param {import("../state/fleet.js").Fleet} parts.fleet
   * @param {import("../state/trails.js").Trails} parts.trails
   * @param {import("../state/past.js").Past} parts.past
   * @param {import("../state/view.js").View} parts.view
   * @param {import("../pure/columns.js").Look} parts.look
   * @param {import("../state/watchlist.js").Watchlist} parts.watchlist
   * @param {import("./alerts.js").Alerts} parts.alerts
   * @param {() => number} parts.now server seconds.
   * @param {(topic: string, text: string) => void} parts.say
   * @param {() => string|null} parts.session of the connection.
   * @param {() => void} parts.onRetry dials again.
   * @param {(text: string) => boolean} parts.onToken takes a token and tries it; false where it can be none.
   * @param {() => void} parts.redraw brings everything up to date now.
   * @param {() => void} parts.onHand a person moves the map.
   * @param {() => void} parts.onLeave ends looking at what somebody else looks at.
   * @param {HTMLElement} parts.here who else is in the room.
   */
  constructor({
    room,
    address,
    fleet,
    trails,
    past,
    view,
    look,
    watchlist,
    alerts,
    now,
    say,
    session,
    onRetry,
    onToken,
    redraw,
    onHand,
    onLeave,
    here,
  }) {
    this._room = room;
    this._view = view;
    this._watchlist = watchlist;
    this._say = say;
    this._redraw = redraw;
    this._addressTimer = 0;
    /** @type {string|null} what is measured */
    this.measured = null;
    const copied = (/** @type {string} */ text) => say("copy", text);
    const link = () => location.origin + roomPath(room) + queryOf(view.state, true);
    wireTheme(byId("theme"), view); // before the map, which reads its colours
    this.map = new MapSide({ fleet, trails, view, now, onMeasure: (text) => this._measured(text), onHand });
    this.table = new FlightTable({
      grid: byId("grid"),
      scroller: byId("scroller"),
      fleet,
      view,
      look,
      inSight: (slot) => this.map.map?.sees(slot) ?? true,
      onSelect: (key, how, add) => this._picked(key, how, add),
    });
    wireSorter(byId("sort-by"), byId("sort-turn"), this.table, view);
    const panel = new Panel({
      onBack: () => this._back(),
      onFollow: () => view.set({ follow: !view.state.follow }),
      onIsolate: () => view.set({ isolate: !view.state.isolate }),
      onWatch: () => this._watchChosen(),
      link,
      wireCopy: (button, text, done) => wireCopy(button, text, () => copied(done)),
    });
    this.overview = new Overview(room, address, copied, () => this._back(), here);
    const trailOf = (/** @type {string} */ key) => past.heights(key);
    this.side = new Side({
      dock: byId("dock"),
      side: byId("side"),
      panel,
      overview: this.overview,
      fleet,
      view,
      look,
      watchlist,
      trailOf,
    });
    this.drawer = new Drawer({
      node: byId("drawer"),
      address,
      say: copied,
      session,
      onToggle: (open) => this._drawerToggled(open),
    });
    const [stage, dock, drawer, handle, collapse, grip] = ["stage", "dock", "drawer", "resize", "collapse", "grip"].map(
      byId,
    );
    this.dock = new Dock({ stage, dock, drawer, handle, collapse, grip }, view, (insets, eased) =>
      this.map.cover(insets, eased),
    );
    this.notice = new Notice(byId("notice"), {
      room,
      say: copied,
      onSend: () => this.drawer.open(),
      onClear: () => view.showAll(),
      onRetry,
      onToken,
      onSwitch: () => byId("rooms").showPopover(),
      onMeasured: () => this.map.measure(false),
      onLeave,
    });
    this.search = new SearchBox(byId("find"), byId("find-problem"), view, {
      onEnter: () => this._openFirst(),
      onDown: () => this.table.focus(),
    });
    new Legend(byId("legend"), view);
    wireChips(byId("chips"), view);
    wireEmbed(room, view);
    wireBoxes({ view, watchlist, alerts, onWatched: () => this._keepWatched() });
    wireKeys(this._actions(), () => view.state.keys);
    this._wireBar(link);
    this._wireView();
    if (this.dock.isNarrow) view.set({ dock: false });
  }

  // ---- wiring ----

  /** @param {() => string} link */
  _wireBar(link) {
    write(byId("room-name"), this._room);
    wireCopy(byId("share"), link, () => this._say("copy", "Link copied."));
    const [popover, button, form, list, note] = ["rooms", "switch", "switch-form", "switch-rooms", "switch-note"].map(
      byId,
    );
    wireSwitch({ popover, button, form, list, note });
    byId("send").addEventListener("click", () => (this.drawer.isOpen ? this.drawer.close() : this.drawer.open()));
    byId("headcount").addEventListener("click", () => this._showRoom(!this.side.showsRoom));
    byId("about").addEventListener("click", () => {
      popover.hidePopover();
      this._showRoom(true);
    });
  }

  _wireView() {
    const { _view: view } = this;
    view.on(["selected"], () => this._selected());
    view.on(["selected", "many", "follow", "isolate", "units"], () => {
      this.side.draw();
      this.table.paint();
    });
    view.on(HABITS, () => store("habits", view.habits));
    view.on(null, () => {
      clearTimeout(this._addressTimer);
      this._addressTimer = window.setTimeout(() => this._writeAddress(), ADDRESS_MS);
    });
  }

  _writeAddress() {
    const { state } = this._view;
    const camera = this.map.byHand ? state.camera : null; // where the page went by itself, it will go again
    history.replaceState(null, "", roomPath(this._room) + queryOf({ ...state, camera }));
  }

  /** @returns {Record<string, () => void>} */
  _actions() {
    const { map } = this;
    return {
      ...viewActions(this._view, this._say),
      search: () => this.search.focus(),
      back: () => this._back(),
      help: () => byId("help").togglePopover(),
      zoomIn: () => map.zoomBy(1),
      zoomOut: () => map.zoomBy(-1),
      north: () => map.move(0, -STEP),
      south: () => map.move(0, STEP),
      west: () => map.move(-STEP, 0),
      east: () => map.move(STEP, 0),
      home: () => map.home(),
      measure: () => map.measure(!map.isMeasuring),
    };
  }

  // ---- what people do ----

  /** @param {string} key @param {"pointer"|"enter"} how @param {boolean} add */
  _picked(key, how, add) {
    this._view.select(key, add || this._view.state.many);
    if (how === "enter" && this.side.isOpen) this.side.focus();
  }

  /** Another flight is chosen, in the list, on the map or by an address. */
  _selected() {
    const { chosen } = this._view;
    if (chosen === null) return;
    if (this.side.showsRoom) this._showRoom(false);
    if (this.dock.isSheet) {
      if (this.dock.stop !== "half") this.dock.rise("half");
      this.map.centre(chosen);
    } else {
      this.map.map?.reveal(chosen);
    }
  }

  /** Open the first flight that is found. */
  _openFirst() {
    this._redraw();
    const key = this.table.first;
    if (key === null || byId("find").ariaInvalid === "true") return;
    this._view.set({ dock: true });
    this._picked(key, "enter", false);
  }

  /** One step back: from what is measured, typed, opened or selected last. */
  _back() {
    const focused = document.activeElement;
    if (document.querySelector(":popover-open")) return;
    if (this.map.isMeasuring) {
      this.map.measure(false);
      return;
    }
    if (focused === byId("find") && this.search.clear()) return;
    if (this.drawer.isOpen && byId("drawer").contains(focused)) this.drawer.close();
    else if (this.side.showsRoom) this._showRoom(false);
    else if (this._view.state.selected.length) this._view.select(null);
    else if (this.drawer.isOpen) this.drawer.close();
    else if (this.dock.isSheet) this.dock.rise("low");
    if (!this.drawer.isOpen && !this.dock.isSheet) this.table.focus();
  }

  /** Show the room at a glance, or the list again. @param {boolean} open */
  _showRoom(open) {
    if (open) this._view.set({ dock: true });
    if (open && this.dock.isSheet) this.dock.rise("tall");
    mark(byId("headcount"), "aria-expanded", String(open));
    this.side.room(open);
    this._redraw();
  }

  _watchChosen() {
    const key = this._view.chosen;
    if (key === null) return;
    const query = watchOf(key);
    if (this._watchlist.has(query)) this._watchlist.remove(query);
    else this._watchlist.add(query);
    this._keepWatched();
  }

  _keepWatched() {
    store("watchlist", this._watchlist.kept);
    this._redraw(); // and with that a first look at who matches already, which is no news
  }

  /** @param {boolean} open */
  _drawerToggled(open) {
    mark(byId("send"), "aria-expanded", String(open));
    this.dock.drawerToggled(open);
    this.map.measure(false);
    this.map.map?.askPlace(open ? ({ lat, lon }) => this.drawer.place(lat, lon) : null);
    if (!open) byId("send").focus();
  }

  /** @param {string|null} text */
  _measured(text) {
    this.measured = text;
    if (text === null && this.drawer.isOpen) this.map.map?.askPlace(({ lat, lon }) => this.drawer.place(lat, lon));
    this._redraw();
  }
}
