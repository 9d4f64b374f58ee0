/** The scale under the map, in the unit of distance that people read. */
import { converted, unitOf } from "../pure/units.js";

const WIDEST = 110; // pixels
const METRES_NM = 1852;

/**
 * The longest round distance that is not too wide. Pure.
 *
 * @param {number} metres that a pixel is wide.
 * @param {import("../pure/units.js").Units} units
 * @returns {{width: number, text: string}} pixels and words.
 */
export function scaleOf(metres, units) {
  const pixel = converted(metres / METRES_NM, "distance", units);
  const most = WIDEST * pixel;
  const power = 10 ** Math.floor(Math.log10(most));
  const step = [5, 2, 1].map((part) => part * power).find((each) => each <= most) ?? power;
  return { width: step / pixel, text: `${step < 1 ? Number(step.toPrecision(1)) : step} ${unitOf("distance", units)}` };
}
