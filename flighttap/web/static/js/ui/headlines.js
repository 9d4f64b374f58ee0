/** The lines that count: in the top bar, on the sheet, under the list, in the title. */
import { BY_ID } from "../pure/columns.js";
import { grouped } from "../pure/format.js";
import { headcount, headcountTitle } from "../pure/presence.js";
import { byId, write } from "./dom.js";
import { summary } from "./sheethead.js";

/** @typedef {import("./table.js").FlightTable} FlightTable */

/**
 * @param {object} facts
 * @param {string} facts.room
 * @param {import("../state/fleet.js").Fleet} facts.fleet
 * @param {import("../pure/columns.js").Look} facts.look
 * @param {{listed: number, shown: number}|null} facts.counts null while they are not known.
 * @param {number|null} facts.here connections to the room.
 * @param {boolean} facts.sharing whether this page shares what it shows.
 */
export function drawHeadlines({ room, fleet, look, counts, here, sharing }) {
  write(byId("headcount"), headcount(counts?.listed ?? null, here, counts?.shown, sharing));
  write(byId("about"), `About ${room}${here === null ? "" : ` · ${grouped(here)} here`}`);
  byId("headcount").title = headcountTitle(here);
  const head = counts ? summary(fleet, look, counts) : { count: "", nearest: "" };
  write(byId("sheet-count"), head.count);
  write(byId("sheet-nearest"), head.nearest);
  const name = counts ? `${room} · ${grouped(counts.listed)} aircraft · flighttap` : `${room} · flighttap`;
  if (document.title !== name) document.title = name;
}

/** What there is to know of the list: its order, and columns that have no data. @param {FlightTable} table @param {import("../state/view.js").ViewState} view @param {boolean} hasMap */
export function drawFoot(table, { inView, many }, hasMap) {
  const { column } = table.by;
  const parts = [
    column === "seen"
      ? "Newest on top, silent ones below"
      : `Sorted by ${lower((BY_ID.get(column)?.title ?? "").split(/[,;]/)[0])}`,
  ];
  if (!hasMap) parts.unshift("This browser cannot draw the map: it needs WebGL2");
  if (many) parts.push("each click selects one more (M)");
  if (inView) parts.push("on the map only");
  if (table.held && table.count) parts.push("order held while you are on it");
  for (const { label, lack } of table.hiddenColumns.slice(0, 2)) {
    parts.push(`${label} hidden: ${lack ? `needs ${lack}` : "nobody here sends it"}`);
  }
  const text = parts.join(" · ");
  write(byId("foot"), text);
  byId("foot").title = text;
}

/** @param {string} text */
function lower(text) {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
