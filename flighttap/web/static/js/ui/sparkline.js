/** The heights of one flight over the last hour, as a line that takes the colour of its height. */
import { grouped } from "../pure/format.js";
import { colour } from "../pure/ramp.js";
import { measure } from "../pure/units.js";
import { el, mark, show, write } from "./dom.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 328;
const HEIGHT = 44;
const SPAN_S = 3600;
const GAP_S = 120; // without a point the line is broken
const AT_MOST = 240; // points drawn

/**
 * The line as pieces of a path. Pure.
 *
 * @param {{t: ArrayLike<number>, alt: ArrayLike<number>}} trail server seconds and feet, oldest first; NaN where not known.
 * @param {number} now
 * @param {number} top feet at the upper edge.
 * @returns {{d: string, feet: number}[]} one piece a stretch of similar height.
 */
export function pieces({ t, alt }, now, top) {
  /** @type {{d: string, feet: number}[]} */
  const done = [];
  let before = -Infinity;
  /** @type {{d: string, feet: number}|null} */
  let piece = null;
  let last = "";
  for (const at of chosen(t.length)) {
    const feet = alt[at];
    if (t[at] < now - SPAN_S || Number.isNaN(feet)) continue;
    const x = WIDTH * (1 - (now - t[at]) / SPAN_S);
    const y = 2 + (HEIGHT - 4) * (1 - Math.min(1, Math.max(0, feet / top)));
    const point = `${x.toFixed(1)} ${y.toFixed(1)}`;
    if (piece === null || t[at] - before > GAP_S) {
      piece = { d: `M${point}`, feet };
      done.push(piece);
    } else {
      piece.d += `L${point}`;
      if (Math.abs(feet - piece.feet) > 1500) {
        piece = { d: `M${point}`, feet };
        done.push(piece);
      }
    }
    before = t[at];
    last = point;
  }
  return last === "" ? [] : done;
}

/** Which of many points are drawn: so many at even distances, and the newest. @param {number} length */
function chosen(length) {
  const step = Math.max(1, Math.ceil(length / AT_MOST));
  const at = Array.from({ length: Math.ceil(length / step) }, (_, index) => index * step);
  if (length && at[at.length - 1] !== length - 1) at.push(length - 1);
  return at;
}

export class Sparkline {
  constructor() {
    this._svg = document.createElementNS(SVG, "svg");
    this._svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
    this._svg.setAttribute("preserveAspectRatio", "none");
    this._svg.setAttribute("role", "img");
    this._top = el("span", { class: "unit" });
    this.node = el(
      "section",
      { class: "sparkline", hidden: true },
      el("h3", {}, "Altitude, last 60 min", this._top),
      this._svg,
    );
  }

  /**
   * @param {{t: ArrayLike<number>, alt: ArrayLike<number>}|null} trail
   * @param {import("../pure/columns.js").Look} look
   */
  show(trail, look) {
    const enough = trail !== null && trail.t.length > 2;
    show(this.node, enough);
    if (!enough) return;
    let [low, high] = [Infinity, -Infinity];
    for (let at = 0; at < trail.alt.length; at += 1) {
      if (trail.alt[at] < low) low = trail.alt[at];
      if (trail.alt[at] > high) high = trail.alt[at];
    }
    const top = Math.max(5000, Math.ceil(high / 5000) * 5000);
    const paths = pieces(trail, look.now, top).map(({ d, feet }) => {
      const path = document.createElementNS(SVG, "path");
      path.setAttribute("d", d);
      path.style.stroke = colour(feet);
      return path;
    });
    this._svg.replaceChildren(...paths);
    write(this._top, measure(top, "altitude", look.units));
    mark(this._svg, "aria-label", `From ${grouped(low)} to ${grouped(high)} feet in the last hour`);
  }
}
