/** The boxes that open from buttons: filters, display, columns, keys. */
import { fillColumns } from "./columnsbox.js";
import { fillDisplay } from "./displaybox.js";
import { byId } from "./dom.js";
import { fillFilters } from "./filterbox.js";
import { fillHelp } from "./keys.js";
import { anchor } from "./pops.js";

/**
 * @param {object} parts
 * @param {import("../state/view.js").View} parts.view
 * @param {import("../state/watchlist.js").Watchlist} parts.watchlist
 * @param {import("./alerts.js").Alerts} parts.alerts
 * @param {() => void} parts.onWatched after the watch-list changed.
 */
export function wireBoxes({ view, watchlist, alerts, onWatched }) {
  const help = byId("help");
  const refresh = fillFilters(byId("filters"), { view, watchlist, alerts, onWatched });
  fillDisplay(byId("display"), view, () => help.showPopover());
  fillColumns(byId("columns"), view);
  fillHelp(help);
  anchor(byId("filters"), byId("filter"), refresh);
  anchor(byId("display"), byId("layers"));
  anchor(byId("columns"), byId("choose"));
  anchor(help, byId("layers"));
}
