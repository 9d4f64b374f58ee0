/** The altitude scale: what the colours mean, and two ends that hide what is lower or higher. */
import { heightAt, placeOf, range, stepped, TOP } from "../pure/altitude.js";
import { STOPS } from "../pure/ramp.js";
import { converted, measure, unitOf } from "../pure/units.js";
import { el, mark, show, write } from "./dom.js";

const LEFT = 12; // pixels of the scale's inset
const WIDTH = 170;

export class Legend {
  /** @param {HTMLElement} node @param {import("../state/view.js").View} view */
  constructor(node, view) {
    this._node = node;
    this._view = view;
    this._low = this._end("low", "Lowest altitude shown");
    this._high = this._end("high", "Highest altitude shown");
    this._below = el("i", { class: "shade" });
    this._above = el("i", { class: "shade" });
    this._said = el("span", { class: "said", hidden: true });
    this._marks = STOPS.map((feet) => {
      const at = el("span", { class: "mark", "aria-hidden": "true" });
      at.style.left = `${LEFT + WIDTH * placeOf(feet)}px`;
      return at;
    });
    node.append(
      el("i", { class: "ramp" }),
      this._below,
      this._above,
      ...this._marks,
      this._low,
      this._high,
      this._said,
    );
    view.on(["low", "high", "units"], () => this._draw());
    this._draw();
  }

  /** @param {"low"|"high"} which @param {string} label */
  _end(which, label) {
    const end = el("button", {
      class: "end",
      type: "button",
      role: "slider",
      "aria-label": label,
      "aria-valuemin": "0",
      "aria-valuemax": String(TOP),
    });
    end.addEventListener("pointerdown", (event) => {
      end.setPointerCapture(event.pointerId);
      event.preventDefault();
      end.focus({ preventScroll: true });
    });
    end.addEventListener("pointermove", (event) => {
      if (!end.hasPointerCapture(event.pointerId)) return;
      const box = this._node.getBoundingClientRect();
      this._move(which, heightAt((event.clientX - box.left - LEFT) / WIDTH));
    });
    end.addEventListener("keydown", (event) => {
      /** @type {Record<string, number>} */
      const steps = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 5, PageDown: -5 };
      if (event.key in steps) this._move(which, stepped(this._at[which], steps[event.key]));
      else if (event.key === "Home") this._move(which, 0);
      else if (event.key === "End") this._move(which, TOP);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    end.addEventListener("dblclick", () => this._view.set({ [which]: null }));
    return end;
  }

  get _at() {
    const { low, high } = this._view.state;
    return { low: low ?? 0, high: Math.min(high ?? TOP, TOP) };
  }

  /** @param {"low"|"high"} which @param {number} feet */
  _move(which, feet) {
    const at = this._at;
    if (which === "low") at.low = Math.min(feet, at.high);
    else at.high = Math.max(feet, at.low);
    this._view.set(range(at.low, at.high));
  }

  _draw() {
    const { low, high } = this._at;
    const { units } = this._view.state;
    const [left, right] = [placeOf(low), placeOf(high)].map((place) => LEFT + WIDTH * place);
    this._low.style.left = `${left}px`;
    this._high.style.left = `${right}px`;
    this._below.style.left = `${LEFT}px`;
    this._below.style.width = `${left - LEFT}px`;
    this._above.style.left = `${right}px`;
    this._above.style.width = `${LEFT + WIDTH - right}px`;
    const set = { low: this._view.state.low !== null, high: this._view.state.high !== null };
    mark(this._low, "data-set", set.low ? "" : null);
    mark(this._high, "data-set", set.high ? "" : null);
    for (const [end, feet, open] of /** @type {const} */ ([
      [this._low, low, "from the ground"],
      [this._high, high, "no limit"],
    ])) {
      mark(end, "aria-valuenow", String(feet));
      mark(end, "aria-valuetext", (end === this._low ? set.low : set.high) ? measure(feet, "altitude", units) : open);
    }
    show(this._said, set.low || set.high);
    write(this._said, rangeText(this._view.state));
    const unit = unitOf("altitude", units);
    STOPS.forEach((feet, index) => {
      const figure = (converted(feet, "altitude", units) / 1000).toFixed(unit === "m" && feet && feet < 15000 ? 1 : 0);
      write(this._marks[index], index === STOPS.length - 1 ? `${figure}k` : figure);
    });
    this._node.title = `Altitude in thousands of ${unit}; drag the ends to hide what is lower or higher`;
  }
}

/** The range in words: "2,000–24,000 ft". @param {import("../state/view.js").ViewState} state */
export function rangeText({ low, high, units }) {
  if (low === null && high === null) return "";
  if (high === null) return `above ${measure(low, "altitude", units)}`;
  if (low === null) return `below ${measure(high, "altitude", units)}`;
  const unit = unitOf("altitude", units);
  return `${measure(low, "altitude", units).replace(` ${unit}`, "")}–${measure(high, "altitude", units)}`;
}
