/** Which aircraft a pointer means. Pure. */
import { EMERGENCY } from "../state/fleet.js";
import { toScreen } from "./projection.js";

const MOUSE_PX = 12;
const TOUCH_PX = 22;
const FAVOUR_PX = 4; // by which what stands on top is nearer

/**
 * The slot of the aircraft nearest to a point of the screen, -1 where none is near.
 *
 * @param {object} what
 * @param {import("../state/fleet.js").Fleet} what.fleet
 * @param {import("./instances.js").Instances} what.instances
 * @param {import("./instances.js").Reckoning} what.reckoning
 * @param {import("./projection.js").Frame} what.frame
 * @param {number} what.ratio
 * @param {Uint32Array} what.slots those on the screen
 * @param {number} x CSS pixels
 * @param {number} y
 * @param {boolean} touch whether a finger points
 */
export function nearest({ fleet, instances, reckoning, frame, ratio, slots }, x, y, touch) {
  let best = -1;
  let least = touch ? TOUCH_PX : MOUSE_PX;
  /** @type {[number, number]} */
  const at = [0, 0];
  for (const slot of slots) {
    if (slot >= fleet.count || instances.place(slot, frame.now, reckoning, at) === null) continue;
    toScreen(frame, ratio, at, at);
    const top = fleet.flags[slot] & EMERGENCY || instances.selected.has(fleet.key[slot]);
    const far = Math.hypot(at[0] - x, at[1] - y) - (top ? FAVOUR_PX : 0);
    if (far < least) {
      least = far;
      best = slot;
    }
  }
  return best;
}
