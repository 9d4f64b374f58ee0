/**
 * The map of a room: MapLibre with the embedded ground, the aircraft layer, labels, lines and the pointer.
 *
 * It follows the fleet and the view by itself; the room page only says where docks cover it, where the
 * receiver is, and when filters changed. Without WebGL2 there is no map: see `hasWebGL2` in program.js.
 */
import { browserTimers } from "../net/connection.js";
import { turned } from "../pure/geo.js";
import { Animator } from "./animator.js";
import { Basemap } from "./basemap.js";
import { boxOf, Camera, zoomOf } from "./camera.js";
import { Census } from "./census.js";
import { Firsts } from "./firsts.js";
import { Labels } from "./labels.js";
import { AircraftLayer } from "./layer.js";
import { readLook } from "./look.js";
import { nearest } from "./picking.js";
import { Pointer } from "./pointer.js";
import { fromScreen } from "./projection.js";
import { latitude, longitude } from "./reckon.js";
import { Lines, measured, outline, rings } from "./rings.js";
import { readTokens } from "./tokens.js";

const LIBRARY = "../../vendor/maplibre-gl-6.17.0/maplibre-gl.mjs";
const DOTS_ZOOM = 4;
const DOTS_FROM = 1500;
const PULSES_S = 3; // of a new alarm
const COUNT_MS = 500;
const NAME_MS = 2000; // from one arrangement of labels to the next, where there is a crowd
const CROWD = 300;
const FADE_MS = 200; // of place names
const PHONE_PX = 700;
const CLOSE_ZOOM = 9; // to which a flight is gone to where the map is farther out

/** @typedef {import("./camera.js").Insets} Insets */
/** @typedef {import("./camera.js").Spot} Spot */
/** @typedef {import("./camera.js").Seen} Seen */

export class FlightMap {
  /**
   * @param {HTMLElement} container
   * @param {object} parts
   * @param {import("../state/fleet.js").Fleet} parts.fleet
   * @param {import("../state/trails.js").Trails} parts.trails
   * @param {import("../state/view.js").View} parts.view
   * @param {() => number} parts.now server seconds
   */
  constructor(container, { fleet, trails, view, now }) {
    this._container = container;
    this._fleet = fleet;
    this._trails = trails;
    this._view = view;
    this._now = now;
    this._calm = matchMedia("(prefers-reduced-motion: reduce)");
    this.layer = new AircraftLayer(fleet, trails, () => (this._calm.matches ? Math.floor(now()) : now()));
    this.layer.inView = (slot) => this.census.sees(slot);
    this.census = new Census(fleet);
    this.lines = new Lines();
    this._ground = new Basemap(readTokens());
    this._canvas = document.createElement("canvas");
    this._canvas.className = "labels";
    this._canvas.setAttribute("aria-hidden", "true");
    this.labels = new Labels(this._canvas, fleet, this.layer.instances);
    /** @type {import("maplibre-gl").Map|null} */
    this.gl = null;
    /** @type {Camera|null} */
    this._camera = null;
    /** @type {Pointer|null} */
    this._pointer = null;
    /** @type {((seen: Seen) => void)[]} */
    this._watchers = [];
    /** @type {Spot|null} */
    this._receiver = null;
    /** @type {[number, number][]} */
    this._reach = [];
    /** @type {{take: (place: Spot) => void, from: Spot|null, say: ((text: string) => void)|null}|null} */
    this._asking = null;
    this._countedAt = Number.NEGATIVE_INFINITY;
    this._namedAt = Number.NEGATIVE_INFINITY;
    this._lost = false; // the graphics context, for now
    this._firsts = new Firsts();
    this._animator = new Animator({ draw: () => this._draw(), scene: () => this._scene(), timers: browserTimers });
    fleet.onApplied((applied) => this._applied(applied));
  }

  /** Load the library and show the ground; resolves when it can be seen. */
  async start() {
    this.open(await this.load());
    await this.shown();
  }

  /** Get the library, which takes a while: meanwhile one may learn where to look. */
  async load() {
    const library = await import(LIBRARY);
    library.prewarm(); // its worker reads half a megabyte of its own
    return library;
  }

  /** Make the map. Nothing is drawn yet: it may still be told where to look. @param {any} library */
  open({ Map: GlMap }) {
    const { camera } = this._view.state;
    /** @type {import("maplibre-gl").Map} */
    const gl = new GlMap({
      container: this._container,
      style: this._ground.style(),
      center: camera ? [camera.lon, camera.lat] : [0, 25],
      zoom: camera ? camera.zoom : 1.5,
      minZoom: 0.5,
      maxZoom: 17,
      maxPitch: 0,
      dragRotate: false,
      boxZoom: false, // it would swallow the click with Shift, which selects one more
      pitchWithRotate: false,
      rollEnabled: false,
      fadeDuration: this._calm.matches ? 0 : FADE_MS,
      attributionControl: false,
      refreshExpiredTiles: false,
    });
    gl.painter.drawFunctions.sky = () => {}; // from straight above there is none, and it would be drawn unseen in each frame
    gl.touchZoomRotate.disableRotation();
    gl.keyboard.disableRotation();
    gl.getCanvasContainer().append(this._canvas);
    this.gl = gl;
    this._camera = new Camera(gl, {
      calm: () => this._calm.matches,
      onSeen: (seen, middle) => this._settled(seen, middle),
    });
    this._wire(gl);
    this.repaint();
    this._readView();
    this._followed();
  }

  /** Once there is a map: resolves when the ground can be seen. */
  async shown() {
    const gl = /** @type {import("maplibre-gl").Map} */ (this.gl);
    await Promise.all([this._ground.attach(gl), gl.loaded() ? null : gl.once("load")]);
    this._switches();
  }

  // ---- for the room page ----

  /** Be told, once the map stands still, what it shows. @param {(seen: Seen) => void} call */
  onView(call) {
    this._watchers.push(call);
  }

  /** Pixels at the edges that docks cover: the middle of the map is the middle of the rest. @param {Insets} insets @param {boolean} [glide] */
  setPadding(insets, glide = false) {
    this.labels.padding = insets;
    this._camera?.pad(insets, glide);
  }

  /** Filters wrote fleet.shown anew. */
  refilter() {
    this.layer.dress();
    this._recount();
  }

  /** Another theme is shown. */
  repaint() {
    const { layer, css } = readLook(this._container);
    this.layer.paint(layer);
    this.labels.paint(css);
    if (this.gl && !this._lost) {
      this.lines.paint(css);
      this._ground.setTokens(readTokens());
    }
    this._recount();
  }

  /** Where the receiver is, and how far it heard by direction. @param {Spot|null} receiver @param {[number, number][]} [reach] longitude and latitude */
  setReceiver(receiver, reach = []) {
    this._receiver = receiver;
    this._reach = reach;
    this._drawLines();
  }

  /** Keys of flights that a person watches for: they are named before others. @param {ReadonlySet<string>} keys */
  setWatched(keys) {
    this.labels.watched = keys;
  }

  /** Whether a slot is on the map. @param {number} slot */
  sees(slot) {
    return this.census.sees(slot);
  }

  /** Go somewhere. @param {{lat: number, lon: number, zoom?: number}} place */
  go(place) {
    this._camera?.go(place);
  }

  /** Go to a flight, closer if need be. @param {string} key */
  goTo(key) {
    const place = this._placeOf(key);
    if (place && this.gl) this.go({ ...place, zoom: Math.max(this.gl.getZoom(), CLOSE_ZOOM) });
  }

  /** Bring a flight into the uncovered part of the map where it is outside. @param {string} key */
  reveal(key) {
    const place = this._placeOf(key);
    if (place && !this.sees(this._fleet.slot(key))) this.go(place);
  }

  /** The zoom at which so many nautical miles around a place are on the part of the map that nothing covers. @param {number} nm @param {number} lat */
  zoomFor(nm, lat) {
    const { left, right, top, bottom } = this.labels.padding;
    const { clientWidth, clientHeight } = this._container;
    const pixels = Math.max(160, Math.min(clientWidth - left - right, clientHeight - top - bottom)) / 2;
    return zoomOf((nm * 1852) / pixels, lat);
  }

  /** Show all flights that have a position. */
  fit() {
    const box = boxOf(this._fleet);
    if (box) this._camera?.fit(box);
  }

  /** @param {number} steps of zoom */
  zoomBy(steps) {
    this._camera?.zoomBy(steps);
  }

  /** Metres that a CSS pixel is wide in the middle of the map, for a scale; 0 before there is a map. */
  get metresPerPixel() {
    return this._camera?.metresPerPixel ?? 0;
  }

  /** Let a person choose a place with a click; null ends that. @param {((place: Spot) => void)|null} take */
  askPlace(take) {
    this._ask(take && { take, from: null, say: null });
  }

  /** Measure from one click to where the pointer is; null ends that. @param {((text: string) => void)|null} say what is measured */
  measure(say) {
    this.lines.measure(null, null);
    this._ask(say && { take: () => {}, from: null, say });
  }

  // ---- what happens ----

  /** @param {import("../state/fleet.js").Applied} applied */
  _applied(applied) {
    this._trails.follow(applied);
    const most = this.layer.follow(applied, (slot) => this.census.sees(slot));
    if (!this.gl) return;
    this._animator.corrected(most);
    if (applied.whole || applied.added.length || applied.removed.length) this._animator.changed();
  }

  /** @param {import("maplibre-gl").Map} gl */
  _wire(gl) {
    gl.on("style.load", () => {
      this.lines.attach(gl);
      if (!gl.getLayer(this.layer.id)) gl.addLayer(this.layer);
      this._drawLines();
    });
    gl.on("render", () => this._drawn());
    gl.on("resize", () => this._resized());
    gl.on("dragstart", () => this._view.set({ follow: false }));
    gl.on("error", ({ error }) => console.error(error));
    gl.on("webglcontextlost", () => this._contextLost(true));
    gl.on("webglcontextrestored", () => this._contextLost(false));
    document.addEventListener("visibilitychange", () => this._animator.hide(document.hidden));
    this._calm.addEventListener("change", () => this._readView());
    this._view.on(["selected"], () => this._selected());
    this._view.on(["labels", "trails", "units", "asReceived", "rings", "outline"], () => this._readView());
    this._view.on(["airports", "runways", "places"], () => this._switches());
    this._view.on(["follow"], () => this._followed());
    this._pointer = new Pointer(gl.getCanvasContainer(), {
      at: (x, y, touch) => this._at(x, y, touch),
      hover: (key) => this._hovered(key),
      choose: (key, add) => this._view.select(key, add || undefined),
      point: (x, y) => this._pointed(x, y),
      trace: (x, y) => this._traced(x, y),
    });
    this._resized();
  }

  _readView() {
    const { labels, trails, units, asReceived } = this._view.state;
    this.layer.trailing = trails;
    this.layer.reckoning = { reckoned: !asReceived, eased: !this._calm.matches };
    this.labels.reckoning = this.layer.reckoning;
    this.labels.mode = labels;
    this.labels.units = units;
    this._selected();
    this._drawLines();
  }

  _selected() {
    this.layer.instances.selected = new Set(this._view.state.selected);
    this.refilter();
  }

  _switches() {
    const { airports, runways, places } = this._view.state;
    if (this.gl && !this._lost) this._ground.show({ airports, runways, places });
  }

  /** Following began or ended. */
  _followed() {
    const { follow } = this._view.state;
    this._camera?.following(follow);
    const place = follow ? this._placeOf(this._view.chosen) : null;
    if (place) this.go(place);
  }

  /** The graphics driver took the context away, or gave a new one; MapLibre brings its style back by itself. @param {boolean} lost */
  _contextLost(lost) {
    this._lost = lost;
    this._container.toggleAttribute("data-lost", lost);
    if (!lost) this.repaint();
  }

  _drawLines() {
    if (!this.gl || this._lost) return;
    const { rings: ringed, outline: outlined, units } = this._view.state;
    const { clientWidth, clientHeight } = this._container;
    const span = (this.metresPerPixel * Math.min(clientWidth, clientHeight)) / 2 / 1852;
    this.lines.set("rings", ringed && this._receiver ? rings(this._receiver, span, units) : []);
    this.lines.set("outline", outlined && this._receiver ? outline(this._reach, this._receiver) : []);
  }

  /** @param {Seen} seen @param {Spot} middle */
  _settled(seen, middle) {
    this._view.set({ camera: { ...middle, zoom: seen.zoom } });
    this._drawLines();
    this._recount();
    for (const call of this._watchers) call(seen);
  }

  // ---- drawing ----

  _draw() {
    const { gl } = this;
    if (!gl || this._lost) return;
    const place = this._view.state.follow && !this._camera?.moving ? this._placeOf(this._view.chosen) : null;
    if (place) this._camera?.keep(place);
    gl.triggerRepaint();
  }

  _drawn() {
    const { frame } = this.layer;
    if (frame.width === 0) return;
    const now = performance.now();
    if (now - this._countedAt >= COUNT_MS) this._count(now);
    this.labels.draw(frame);
    this._animator.drawn();
    if (!this._ground.shown || this.census.count === 0) return;
    this._firsts.reached("flights shown"); // and the ground
    if (this.layer.trailed && this.labels.shown.length) this._firsts.reached("sky shown"); // with names and trails
  }

  /** Who is on the screen or how they look has changed. */
  _recount() {
    this._countedAt = Number.NEGATIVE_INFINITY;
    this._animator.changed();
  }

  /** Count who is on the screen, and name them, a crowd less often. @param {number} now ms */
  _count(now) {
    const { frame } = this.layer;
    const asked = this._countedAt === Number.NEGATIVE_INFINITY;
    this._countedAt = now;
    if (this._camera) this.census.take(this._camera.bounds, this._now());
    this.layer.crowded = this.census.count >= CROWD;
    this.layer.dots = frame.zoom < DOTS_ZOOM && this.census.count > DOTS_FROM;
    if (asked || !this.layer.crowded || now - this._namedAt >= NAME_MS) {
      this._namedAt = now;
      this.labels.arrange(frame, this.census.slots, this.layer.dots);
      if (!this._lost) this._ground.yieldTo(this.labels.boxes);
    }
    this._pointer?.refresh();
  }

  _scene() {
    const { follow, asReceived } = this._view.state;
    return {
      zoom: this.gl?.getZoom() ?? 0,
      ratio: devicePixelRatio,
      lat: this.gl?.getCenter().lat ?? 0,
      fastest: this.census.fastest,
      following: follow,
      calm: this._calm.matches || asReceived,
      fading: this.census.fading || this._now() - this.layer.instances.alarmedAt < PULSES_S,
    };
  }

  _resized() {
    const { clientWidth, clientHeight } = this._container;
    this.labels.resize(clientWidth, clientHeight, devicePixelRatio);
    this.labels.most = clientWidth < PHONE_PX ? 30 : 80;
    this._countedAt = Number.NEGATIVE_INFINITY;
  }

  // ---- the pointer ----

  /** @param {string|null} key */
  _hovered(key) {
    const { instances } = this.layer;
    const before = instances.hovered;
    instances.hovered = key;
    for (const each of [before, key]) if (each !== null) this.layer.dressOne(this._fleet.slot(each));
    this._countedAt = Number.NEGATIVE_INFINITY;
    this._draw();
  }

  /** @param {number} x @param {number} y @param {boolean} touch */
  _at(x, y, touch) {
    const { instances, reckoning, frame } = this.layer;
    const what = { fleet: this._fleet, instances, reckoning, frame, ratio: devicePixelRatio, slots: this.census.slots };
    const slot = nearest(what, x, y, touch);
    return slot < 0 ? null : this._fleet.key[slot];
  }

  /** Where a flight is drawn. @param {string|null} key @returns {Spot|null} */
  _placeOf(key) {
    const slot = key === null ? -1 : this._fleet.slot(key);
    if (slot < 0) return null;
    const place = this.layer.instances.place(slot, this._now(), this.layer.reckoning, [0, 0]);
    return place && { lat: latitude(place[1]), lon: longitude(place[0]) };
  }

  /** @param {FlightMap["_asking"]} asking */
  _ask(asking) {
    this._asking = asking;
    if (this._pointer) this._pointer.placing = asking !== null;
    this._container.toggleAttribute("data-placing", asking !== null);
  }

  /** @param {number} x @param {number} y */
  _pointed(x, y) {
    const asking = this._asking;
    if (!asking) return;
    const place = fromScreen(this.layer.frame, devicePixelRatio, x, y);
    if (asking.say) asking.from = place;
    else asking.take({ lat: place.lat, lon: turned(place.lon) });
  }

  /** @param {number} x @param {number} y */
  _traced(x, y) {
    const asking = this._asking;
    if (!asking?.say || !asking.from) return;
    const place = fromScreen(this.layer.frame, devicePixelRatio, x, y);
    this.lines.measure(asking.from, place);
    asking.say(measured(asking.from, place, this._view.state.units));
  }
}
