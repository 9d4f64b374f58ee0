/**
 * The dock with the list: at the left, as wide as a person makes it, or closed; on phones the sheet at the
 * bottom with its three stops. It says how much of the map it and the drawer cover.
 */
import { mark } from "./dom.js";

const LEAST = 300;
const MOST = 520;
const STEP = 20;
const LOW = 72; // pixels of the sheet at its lowest stop; the others are parts of the height
const HALF = 0.45;
const FAR = 24; // pixels that make a drag of the sheet

/** @typedef {"low"|"half"|"tall"} Stop */
/** @typedef {{left: number, right: number, top: number, bottom: number}} Insets pixels at each edge of the map that something covers. */

/** @type {Stop[]} */
export const STOPS = ["low", "half", "tall"];

/** Where the sheet comes to rest. Pure. @param {Stop} stop @param {number} moved pixels, down is positive; a tap moves nothing. @param {number} height of the screen. @returns {Stop} */
export function rest(stop, moved, height) {
  const at = STOPS.indexOf(stop);
  if (Math.abs(moved) < FAR) return stop === "half" ? "tall" : "half";
  const steps = Math.abs(moved) > height * HALF ? 2 : 1;
  return STOPS[Math.max(0, Math.min(2, at - Math.sign(moved) * steps))];
}

export class Dock {
  /**
   * @param {object} parts
   * @param {HTMLElement} parts.stage
   * @param {HTMLElement} parts.dock
   * @param {HTMLElement} parts.drawer
   * @param {HTMLElement} parts.handle widens and narrows the dock.
   * @param {HTMLButtonElement} parts.collapse
   * @param {HTMLButtonElement} parts.grip moves the sheet.
   * @param {import("../state/view.js").View} view
   * @param {(insets: Insets, eased: boolean) => void} onInsets
   */
  constructor({ stage, dock, drawer, handle, collapse, grip }, view, onInsets) {
    this._stage = stage;
    this._dock = dock;
    this._drawer = drawer;
    this._collapse = collapse;
    this._grip = grip;
    this._view = view;
    this._onInsets = onInsets;
    this._phone = matchMedia("(max-width: 699px)");
    this._tablet = matchMedia("(max-width: 1099px)");
    /** @type {Stop} */
    this.stop = "low";
    this._wireHandle(handle);
    this._wireGrip();
    collapse.addEventListener("click", () => view.set({ dock: !view.state.dock }));
    view.on(["dock", "width"], (changed) => this._draw(changed.has("dock")));
    for (const query of [this._phone, this._tablet]) query.addEventListener("change", () => this._draw(false));
    new ResizeObserver(() => this._tell(false)).observe(stage);
    this._draw(false);
  }

  /** Whether the dock is a sheet at the bottom. */
  get isSheet() {
    return this._phone.matches && !this._view.state.embed;
  }

  /** Whether there is room for one dock only. */
  get isNarrow() {
    return this._tablet.matches;
  }

  /** @returns {Insets} */
  get insets() {
    if (this._view.state.embed) return { left: 0, right: 0, top: 0, bottom: 0 };
    if (this.isSheet) {
      const sheet = this.stop === "low" ? LOW : this._stage.clientHeight * HALF;
      return { left: 0, right: 0, top: 0, bottom: this._drawer.hidden ? sheet : this._drawer.offsetHeight };
    }
    const left = this._view.state.dock ? this._dock.offsetWidth : 0;
    return { left, right: this._drawer.hidden ? 0 : this._drawer.offsetWidth, top: 0, bottom: 0 };
  }

  /** The drawer was opened or closed. @param {boolean} open */
  drawerToggled(open) {
    mark(this._stage, "data-drawer", open ? "" : null);
    if (open && this.isNarrow && !this.isSheet) this._view.set({ dock: false });
    this._tell(true);
  }

  /** Bring the sheet to a stop. @param {Stop} stop */
  rise(stop) {
    this.stop = stop;
    this._draw(true);
  }

  /** @param {boolean} eased */
  _draw(eased) {
    const { dock, width } = this._view.state;
    const open = (dock && !this._view.state.embed) || this.isSheet;
    this._stage.style.setProperty("--chosen", `${width}px`);
    mark(this._stage, "data-dock", open ? "" : null);
    mark(this._stage, "data-stop", this.stop);
    mark(this._collapse, "aria-expanded", String(open));
    const words = open ? "Hide the list ([)" : "Show the list ([)";
    mark(this._collapse, "title", words);
    mark(this._collapse, "aria-label", words);
    mark(this._grip, "aria-label", this.stop === "tall" ? "Lower the list" : "Raise the list");
    this._tell(eased);
  }

  /** @param {boolean} eased */
  _tell(eased) {
    const { bottom } = this.insets;
    this._stage.style.setProperty("--sheet", `${bottom}px`);
    this._onInsets(this.insets, eased);
  }

  /** @param {HTMLElement} handle */
  _wireHandle(handle) {
    const set = (/** @type {number} */ width) =>
      this._view.set({ width: Math.round(Math.max(LEAST, Math.min(MOST, width))) });
    const tell = () => mark(handle, "aria-valuenow", String(this._view.state.width));
    mark(handle, "aria-valuemin", String(LEAST));
    mark(handle, "aria-valuemax", String(MOST));
    this._view.on(["width"], tell);
    tell();
    handle.addEventListener("pointerdown", (event) => {
      handle.setPointerCapture(event.pointerId);
      mark(this._stage, "data-resizing", "");
    });
    handle.addEventListener("pointermove", (event) => {
      if (handle.hasPointerCapture(event.pointerId)) set(event.clientX - this._stage.getBoundingClientRect().left);
    });
    handle.addEventListener("lostpointercapture", () => mark(this._stage, "data-resizing", null));
    handle.addEventListener("dblclick", () => set(360));
    handle.addEventListener("keydown", (event) => {
      const steps = new Map([
        ["ArrowLeft", -STEP],
        ["ArrowRight", STEP],
        ["Home", -MOST],
        ["End", MOST],
      ]);
      const step = steps.get(event.key);
      if (step === undefined) return;
      set(this._view.state.width + step);
      event.preventDefault();
    });
  }

  _wireGrip() {
    const { _grip: grip, _dock: dock } = this;
    let [from, moved, height] = [0, 0, 0];
    grip.addEventListener("pointerdown", (event) => {
      [from, moved, height] = [event.clientY, 0, dock.offsetHeight];
      grip.setPointerCapture(event.pointerId);
      mark(this._stage, "data-resizing", "");
    });
    grip.addEventListener("pointermove", (event) => {
      if (!grip.hasPointerCapture(event.pointerId)) return;
      moved = event.clientY - from;
      dock.style.height = `${height - moved}px`;
    });
    grip.addEventListener("lostpointercapture", () => {
      mark(this._stage, "data-resizing", null);
      dock.style.height = "";
    });
    grip.addEventListener("click", () => {
      this.rise(rest(this.stop, moved, innerHeight));
      moved = 0;
    });
  }
}
