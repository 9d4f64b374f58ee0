/**
 * The map and what stands around it: controls, scale, credits, measuring, positions by click. Without
 * WebGL2 there is no map, and every part of this does nothing.
 */
import { FlightMap } from "../map/map.js";
import { hasWebGL2 } from "../map/program.js";
import { creditLine } from "./credits.js";
import { byId, mark, write } from "./dom.js";
import { scaleOf } from "./scale.js";

const HOME_NM = 100; // to every side of the receiver
const HOME_ZOOMS = [6.4, 9]; // whatever the screen
const LOOK_MS = 1000; // for which it is waited to know where to look first

/** @typedef {import("../map/map.js").Spot} Spot */

export class MapSide {
  /**
   * @param {object} parts
   * @param {import("../state/fleet.js").Fleet} parts.fleet
   * @param {import("../state/trails.js").Trails} parts.trails
   * @param {import("../state/view.js").View} parts.view
   * @param {() => number} parts.now server seconds.
   * @param {(text: string|null) => void} parts.onMeasure what is measured, null when that ends.
   * @param {() => void} parts.onHand a person moves the map.
   */
  constructor({ fleet, trails, view, now, onMeasure, onHand }) {
    this._view = view;
    this._fleet = fleet;
    this._onMeasure = onMeasure;
    this._onHand = onHand;
    this._measuring = false;
    this._covered = false;
    /** Whether a person, or an address, said where to look. */
    this.byHand = view.state.camera !== null;
    this._fitted = this.byHand;
    this._known = false; // where to look
    this._learned = () => {};
    /** @type {import("./dock.js").Insets|null} */
    this._insets = null;
    /** @type {Spot|null} */
    this._receiver = null;
    /** @type {FlightMap|null} */
    this.map = hasWebGL2() ? new FlightMap(byId("map"), { fleet, trails, view, now }) : null;
    mark(byId("stage"), "data-nomap", this.map ? null : "");
    if (!this.map) return;
    byId("zoom-in").addEventListener("click", () => this.zoomBy(1));
    byId("zoom-out").addEventListener("click", () => this.zoomBy(-1));
    byId("locate").addEventListener("click", () => this.home());
    byId("measure").addEventListener("click", () => this.measure(!this._measuring));
    byId("credit").replaceChildren(...creditLine());
    view.on(["theme"], () => this.map?.repaint());
    view.on(["units"], () => this._drawScale());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.map?.repaint());
  }

  /** Load the map. @param {(seen: import("../map/map.js").Seen) => void} onView once it stands still, what it shows. */
  async start(onView) {
    const { map } = this;
    if (!map) return;
    map.onView(onView);
    const aim = new Promise((go) => {
      this._learned = () => go(null);
      setTimeout(go, this._fitted || this._known ? 0 : LOOK_MS);
    });
    const [library] = await Promise.all([map.load(), aim]);
    map.open(library);
    this._aim();
    await map.shown();
    map.gl?.on("movestart", ({ originalEvent }) => {
      if (originalEvent) this._handed();
    });
    map.gl?.on("zoom", () => this._drawScale());
    map.gl?.on("moveend", () => this._drawScale());
    this._drawScale();
  }

  /** With the first flights the map looks where they are, unless the address said where. @param {boolean} known whether it is known where the receiver is, or that there is none. */
  settle(known) {
    if (known && this._fleet.count > 0) {
      this._known = true;
      this._learned();
    }
    this._aim();
  }

  /** As soon as there is a map, let it know what covers it, and where to look, once that is known. */
  _aim() {
    if (!this.map?.gl) return;
    if (this._insets && !this._covered) {
      this._covered = true;
      this.map.setPadding(this._insets);
    }
    if (this._fitted || !this._known) return;
    this._fitted = true;
    if (this._receiver) this.map.gl.jumpTo({ center: [this._receiver.lon, this._receiver.lat], zoom: this._homeZoom });
    else this.map.fit();
  }

  /** @param {import("./dock.js").Insets} insets @param {boolean} eased */
  cover(insets, eased) {
    this._insets = insets;
    if (this._covered) this.map?.setPadding(insets, eased);
  }

  /** @param {import("../pure/geo.js").Place|null} place @param {[number, number][]} reach */
  receiver(place, reach) {
    this._receiver = place && { lat: place[0], lon: place[1] };
    this.map?.setReceiver(this._receiver, reach);
    const words = place ? "Go to the receiver" : "Show all flights";
    mark(byId("locate"), "aria-label", words);
    byId("locate").title = `${words} (H)`;
  }

  /** Go to the receiver, or to all flights where that is not known. */
  home() {
    this._view.set({ follow: false });
    if (this._receiver) this.map?.go({ ...this._receiver, zoom: this._homeZoom });
    else this.map?.fit();
  }

  get _homeZoom() {
    const zoom = this.map?.zoomFor(HOME_NM, this._receiver?.lat ?? 0) ?? 0;
    return Math.max(HOME_ZOOMS[0], Math.min(HOME_ZOOMS[1], zoom));
  }

  /** @param {number} steps */
  zoomBy(steps) {
    this._handed();
    this.map?.zoomBy(steps);
  }

  /** Bring a flight into the middle of the uncovered part of the map. @param {string} key */
  centre(key) {
    const slot = this._fleet.slot(key);
    if (slot < 0 || Number.isNaN(this._fleet.lat[slot])) return;
    this.map?.go({ lat: this._fleet.lat[slot], lon: this._fleet.lon[slot] });
  }

  /** @param {number} east @param {number} south parts of what is seen. */
  move(east, south) {
    const gl = this.map?.gl;
    if (!gl) return;
    this._handed();
    this._view.set({ follow: false });
    const { clientWidth, clientHeight } = gl.getContainer();
    gl.panBy([east * clientWidth, south * clientHeight], { duration: 160 });
  }

  /** Measure a distance by two clicks, or stop that. @param {boolean} on */
  measure(on) {
    if (on === this._measuring || !this.map) return;
    this._measuring = on;
    mark(byId("measure"), "aria-pressed", String(on));
    this.map.measure(on ? (text) => this._onMeasure(text) : null);
    this._onMeasure(on ? "Click where to measure from" : null);
  }

  _handed() {
    this.byHand = true;
    this._onHand();
  }

  get isMeasuring() {
    return this._measuring;
  }

  _drawScale() {
    const metres = this.map?.metresPerPixel ?? 0;
    if (!metres) return;
    const { width, text } = scaleOf(metres, this._view.state.units);
    byId("scale").style.width = `${Math.round(width)}px`;
    write(byId("scale"), text);
  }
}
