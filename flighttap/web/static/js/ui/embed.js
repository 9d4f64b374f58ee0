/** The page as a part of somebody else's: the map, the status, and a link to the whole page. */
import { queryOf } from "../pure/link.js";
import { roomPath } from "../pure/url.js";
import { byId, show } from "./dom.js";

/**
 * Show what stands in a corner of an embedded map instead of the bar.
 *
 * @param {string} room
 * @param {import("../state/view.js").View} view
 */
export function wireEmbed(room, view) {
  if (!view.state.embed) return;
  const link = /** @type {HTMLAnchorElement} */ (byId("whole"));
  const aim = () => {
    link.href = roomPath(room) + queryOf({ ...view.state, embed: false }, true);
  };
  view.on(null, aim);
  aim();
  /** @type {HTMLElement} */ (link.querySelector("span")).textContent = room;
  link.title = `Open ${room} on a page of its own`;
  show(link, true);
  byId("whole").after(byId("pill"));
}
