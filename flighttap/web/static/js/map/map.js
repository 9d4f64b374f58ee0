/**
 * The map of a room: MapLibre with the embedded ground, the aircraft layer, labels, lines and the pointer.
 *
 * It follows the fleet and the view by itself; the room page only says where docks cover it, where the
 * receiver is, and when filters changed. Without WebGL2 there is no map: see `hasWebGL2`.
 */

import { browserTimers } from "../net/connection.js";
import { turned } from "../pure/geo.js";
import { Animator } from "./animator.js";
import { Basemap } from "./basemap.js";
import { Census } from "./census.js";
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
const SETTLED_MS = 250; // after the last move of the map
const COUNT_MS = 500;
const CAMERA_MS = 400;
const PHONE_PX = 700;
const CLOSE_ZOOM = 9; // to which a flight is gone to where the map is farther out

/** Whether this browser can draw the map. */
export function hasWebGL2() {
  return document.createElement("canvas").getContext("webgl2") !== null;
}

/** @typedef {{left: number, top: number, right: number, bottom: number}} Insets pixels */
/** @typedef {{lat: number, lon: number}} Spot */
/** @typedef {{bbox: [number, number, number, number], zoom: number}} Seen west, south, east, north */

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
    this._calm = matchMedia("(prefers-reduced-motion: reduce)");
    this.layer = new AircraftLayer(fleet, trails, () => (this._calm.matches ? Math.floor(now()) : now()));
    this.census = new Census(fleet);
    this.lines = new Lines();
    this._now = now;
    this._ground = new Basemap(readTokens());
    this._canvas = document.createElement("canvas");
    this._canvas.className = "labels";
    this._canvas.setAttribute("aria-hidden", "true");
    this.labels = new Labels(this._canvas, fleet, this.layer.instances);
    /** @type {Pointer|null} */
    this._pointer = null;
    /** @type {[number, number][]} */
    this._reach = [];
    /** @type {ReturnType<typeof setTimeout>|undefined} */
    this._settling = undefined;
    /** @type {import("maplibre-gl").Map|null} */
    this.gl = null;
    /** @type {((seen: Seen) => void)[]} */
    this._watchers = [];
    /** @type {Spot|null} */
    this._receiver = null;
    /** @type {{take: (place: Spot) => void, from: Spot|null, say: ((text: string) => void)|null}|null} */
    this._asking = null;
    this._countedAt = Number.NEGATIVE_INFINITY;
    this._moving = false;
    this._animator = new Animator({ draw: () => this._draw(), scene: () => this._scene(), timers: browserTimers });
    fleet.onApplied((applied) => this._applied(applied));
  }

  /** Load the library and show the ground; resolves when it can be seen. */
  async start() {
    const { Map: GlMap } = await import(LIBRARY);
    const { camera } = this._view.state;
    const gl = new GlMap({
      container: this._container,
      style: this._ground.style(),
      center: camera ? [camera.lon, camera.lat] : [0, 25],
      zoom: camera ? camera.zoom : 1.5,
      minZoom: 0.5,
      maxZoom: 17,
      maxPitch: 0,
      dragRotate: false,
      pitchWithRotate: false,
      rollEnabled: false,
      fadeDuration: this._calm.matches ? 0 : 200,
      attributionControl: false,
      refreshExpiredTiles: false,
    });
    gl.touchZoomRotate.disableRotation();
    gl.keyboard.disableRotation();
    this.gl = gl;
    gl.getCanvasContainer().append(this._canvas);
    this._wire(gl);
    this.repaint();
    this._readView();
    await Promise.all([this._ground.attach(gl), gl.loaded() ? null : gl.once("load")]);
  }

  // ---- for the room page ----

  /** Be told, once the map stands still, what it shows. @param {(seen: Seen) => void} call */
  onView(call) {
    this._watchers.push(call);
  }

  /** Pixels at the edges that docks cover: the middle of the map is the middle of the rest. @param {Insets} insets @param {boolean} [glide] */
  setPadding(insets, glide = false) {
    if (!this.gl) return;
    this.labels.padding = insets;
    if (glide && !this._calm.matches) this.gl.easeTo({ padding: insets, duration: 160 });
    else this.gl.setPadding(insets);
  }

  /** Filters wrote fleet.shown anew. */
  refilter() {
    this.layer.dress();
    this._countedAt = Number.NEGATIVE_INFINITY;
    this._animator.changed();
  }

  /** Another theme is shown. */
  repaint() {
    const { layer, css } = readLook(this._container);
    this.layer.paint(layer);
    this.labels.paint(css);
    this.lines.paint(css);
    if (this.gl?.getLayer("land")) this._ground.setTokens(readTokens());
    this._countedAt = Number.NEGATIVE_INFINITY;
    this._draw();
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

  /** Go somewhere. @param {{lat: number, lon: number, zoom?: number}} camera */
  go({ lat, lon, zoom }) {
    const to = { center: /** @type {[number, number]} */ ([lon, lat]), ...(zoom !== undefined && { zoom }) };
    if (this._calm.matches) this.gl?.jumpTo(to);
    else this.gl?.easeTo({ ...to, duration: CAMERA_MS });
  }

  /** Go to a flight, closer if need be. @param {string} key */
  goTo(key) {
    const place = this._placeOf(this._fleet.slot(key));
    if (place && this.gl) this.go({ ...place, zoom: Math.max(this.gl.getZoom(), CLOSE_ZOOM) });
  }

  /** Bring a flight into the uncovered part of the map where it is outside. @param {string} key */
  reveal(key) {
    const slot = this._fleet.slot(key);
    const place = this._placeOf(slot);
    if (place && !this.sees(slot)) this.go(place);
  }

  /** Show all flights that have a position, as far as that makes sense. */
  fit() {
    const box = boxOf(this._fleet);
    if (!box || !this.gl) return;
    this.gl.fitBounds(box, { padding: 48, maxZoom: 9, animate: false });
  }

  /** @param {number} steps of zoom */
  zoomBy(steps) {
    this.gl?.easeTo({ zoom: this.gl.getZoom() + steps, duration: this._calm.matches ? 0 : 200 });
  }

  /** Metres that a CSS pixel is wide in the middle of the map, for a scale. */
  get metresPerPixel() {
    if (!this.gl) return 0;
    return (40075016.686 * Math.cos((this.gl.getCenter().lat * Math.PI) / 180)) / (512 * 2 ** this.gl.getZoom());
  }

  /** Let a person choose a place with a click; null ends that. @param {((place: Spot) => void)|null} take */
  askPlace(take) {
    this._asking = take && { take, from: null, say: null };
    this._placing();
  }

  /** Measure from one click to where the pointer is; null ends that. @param {((text: string) => void)|null} say what is measured */
  measure(say) {
    this._asking = say && { take: () => {}, from: null, say };
    this.lines.measure(null, null);
    this._placing();
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
    gl.on("movestart", () => (this._moving = true));
    gl.on("moveend", () => this._settled());
    gl.on("dragstart", () => this._view.set({ follow: false }));
    gl.on("error", ({ error }) => console.error(error));
    document.addEventListener("visibilitychange", () => this._animator.hide(document.hidden));
    this._view.on(["selected", "isolate"], () => this._selected());
    this._view.on(["labels", "trails", "units", "asReceived", "follow", "rings", "outline"], () => this._readView());
    this._view.on(["airports", "runways", "places"], () => this._switches());
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
    if (this.gl?.getLayer("city")) this._ground.show({ airports, runways, places });
  }

  _drawLines() {
    if (!this.gl) return;
    const { rings: ringed, outline: outlined, units } = this._view.state;
    const span = (this.metresPerPixel * Math.min(this._container.clientWidth, this._container.clientHeight)) / 2 / 1852;
    this.lines.set("rings", ringed && this._receiver ? rings(this._receiver, span, units) : []);
    this.lines.set("outline", outlined && this._receiver ? outline(this._reach, this._receiver) : []);
  }

  /** @param {string|null} key */
  _hovered(key) {
    const { instances } = this.layer;
    const before = instances.hovered;
    instances.hovered = key;
    for (const each of [before, key]) if (each !== null) this.layer.dressOne(this._fleet.slot(each));
    this._countedAt = Number.NEGATIVE_INFINITY;
    this._draw();
  }

  // ---- drawing ----

  _draw() {
    const { gl } = this;
    if (!gl) return;
    const { follow } = this._view.state;
    const place = follow && !this._moving ? this._placeOf(this._fleet.slot(this._view.chosen ?? "")) : null;
    if (place) gl.jumpTo({ center: [place.lon, place.lat] }, { following: true });
    gl.triggerRepaint();
  }

  _drawn() {
    const { frame } = this.layer;
    if (frame.width === 0) return;
    const now = performance.now();
    if (now - this._countedAt >= COUNT_MS) this._count(now);
    this.labels.draw(frame);
    this._animator.drawn();
  }

  /** Count who is on the screen, and name them. @param {number} now ms */
  _count(now) {
    const gl = /** @type {import("maplibre-gl").Map} */ (this.gl);
    const { frame } = this.layer;
    this._countedAt = now;
    const bounds = gl.getBounds();
    const box = { west: bounds.getWest(), south: bounds.getSouth(), east: bounds.getEast(), north: bounds.getNorth() };
    this.census.take(box, this._now());
    this.layer.inView = (slot) => this.census.sees(slot);
    this.layer.dots = frame.zoom < DOTS_ZOOM && this.census.count > DOTS_FROM;
    this.labels.arrange(frame, this.census.slots, this.layer.dots);
    this._pointer?.refresh();
  }

  _scene() {
    const gl = /** @type {import("maplibre-gl").Map} */ (this.gl);
    const { follow, asReceived } = this._view.state;
    return {
      zoom: gl.getZoom(),
      ratio: devicePixelRatio,
      lat: gl.getCenter().lat,
      fastest: this.census.fastest,
      following: follow,
      calm: this._calm.matches || asReceived,
      fading: this.census.fading,
    };
  }

  _resized() {
    const { clientWidth, clientHeight } = this._container;
    this.labels.resize(clientWidth, clientHeight, devicePixelRatio);
    this.labels.most = clientWidth < PHONE_PX ? 30 : 80;
    this._countedAt = Number.NEGATIVE_INFINITY;
  }

  _settled() {
    this._moving = false;
    this._countedAt = Number.NEGATIVE_INFINITY;
    clearTimeout(this._settling);
    this._settling = setTimeout(() => this._report(), SETTLED_MS);
    this._drawLines();
  }

  _report() {
    const gl = /** @type {import("maplibre-gl").Map} */ (this.gl);
    const bounds = gl.getBounds();
    const { lat, lng } = gl.getCenter();
    const zoom = gl.getZoom();
    this._view.set({ camera: { lat, lon: turned(lng), zoom } });
    /** @type {Seen["bbox"]} */
    const bbox = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
    for (const call of this._watchers) call({ bbox, zoom });
  }

  // ---- the pointer ----

  /** @param {number} x @param {number} y @param {boolean} touch */
  _at(x, y, touch) {
    const { layer, census } = this;
    const slot = nearest(
      {
        fleet: this._fleet,
        instances: layer.instances,
        reckoning: layer.reckoning,
        frame: layer.frame,
        ratio: devicePixelRatio,
        slots: census.slots,
      },
      x,
      y,
      touch,
    );
    return slot < 0 ? null : this._fleet.key[slot];
  }

  /** @param {number} slot @returns {Spot|null} */
  _placeOf(slot) {
    const { layer } = this;
    if (slot < 0) return null;
    const place = layer.instances.place(slot, this._now(), layer.reckoning, [0, 0]);
    return place && { lat: latitude(place[1]), lon: longitude(place[0]) };
  }

  _placing() {
    if (!this._pointer) return;
    this._pointer.placing = this._asking !== null;
    this._container.toggleAttribute("data-placing", this._asking !== null);
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

/** The box around all positions, on the shorter way round the world; null where there are none. @param {import("../state/fleet.js").Fleet} fleet @returns {[number, number, number, number]|null} */
function boxOf(fleet) {
  let [south, north] = [90, -90];
  const lons = [];
  for (let slot = 0; slot < fleet.count; slot += 1) {
    if (Number.isNaN(fleet.lat[slot])) continue;
    south = Math.min(south, fleet.lat[slot]);
    north = Math.max(north, fleet.lat[slot]);
    lons.push(fleet.lon[slot]);
  }
  if (lons.length === 0) return null;
  lons.sort((one, other) => one - other);
  let widest = lons[0] + 360 - lons[lons.length - 1];
  let west = lons[0];
  for (let at = 1; at < lons.length; at += 1) {
    const gap = lons[at] - lons[at - 1];
    if (gap > widest) [widest, west] = [gap, lons[at]];
  }
  return [west, south, west + 360 - widest, north];
}
