/** The stylesheet's colours as the aircraft layer and the labels need them, for the theme that is shown. */
import { rgb, table } from "./colours.js";

const RAMP = ["alt-0", "alt-1", "alt-2", "alt-3", "alt-4", "alt-5"];
const NAMES = /** @type {const} */ (["alt-ground", "muted", "emergency", "text", "halo", "ring", "accent"]);

/** @param {Element} [where] whose theme counts */
export function readLook(where = document.documentElement) {
  const probe = document.createElement("i");
  probe.hidden = true;
  probe.style.forcedColorAdjust = "none"; // else all of them are the one colour that the system forces on text
  where.append(probe);
  const style = getComputedStyle(probe);
  const read = (/** @type {string} */ name) => {
    probe.style.color = `var(--${name})`;
    return style.color;
  };
  const ramp = RAMP.map((name) => rgb(read(name)));
  const css = /** @type {Record<(typeof NAMES)[number], string>} */ (
    Object.fromEntries(NAMES.map((name) => [name, read(name)]))
  );
  probe.remove();
  const others = { ground: rgb(css["alt-ground"]), unknown: rgb(css.muted), alarm: rgb(css.emergency) };
  return {
    /** @type {import("./layer.js").Look} */
    layer: { table: table(ramp, others), halo: rgb(css.halo), ring: rgb(css.ring) },
    css,
  };
}
