/** The line on top of the sheet on phones: how many flights, and which is nearest. */
import { far, nameOf } from "../pure/columns.js";
import { grouped } from "../pure/format.js";
import { isListed } from "../pure/listing.js";
import { measure } from "../pure/units.js";

/**
 * Pure.
 *
 * @param {import("../state/fleet.js").Fleet} fleet
 * @param {import("../pure/columns.js").Look} look
 * @param {{listed: number, shown: number}} count
 * @returns {{count: string, nearest: string}}
 */
export function summary(fleet, look, { listed, shown }) {
  const all = `${grouped(shown)} aircraft`;
  const count = shown === listed ? all : `${grouped(shown)} of ${grouped(listed)} aircraft`;
  let [best, at] = [Number.POSITIVE_INFINITY, -1];
  for (let slot = 0; slot < fleet.count; slot += 1) {
    if (fleet.shown[slot] === 0 || !isListed(fleet, slot, look.now)) continue;
    const nm = far(fleet, slot, look);
    if (nm < best) [best, at] = [nm, slot];
  }
  return { count, nearest: at < 0 ? "" : `Nearest ${nameOf(fleet, at)}, ${measure(best, "distance", look.units)}` };
}
