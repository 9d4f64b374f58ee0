/** The choice of order where the table has no head to click on: on phones. */
import { COLUMNS } from "../pure/columns.js";
import { el } from "./dom.js";

/**
 * @param {HTMLSelectElement} select
 * @param {HTMLButtonElement} turn
 * @param {import("./table.js").FlightTable} table
 * @param {import("../state/view.js").View} view
 */
export function wireSorter(select, turn, table, view) {
  select.append(...COLUMNS.map((column) => el("option", { value: column.id }, column.label || "Speed")));
  const tell = () => {
    select.value = table.by.column;
    turn.dataset.descending = String(table.by.descending);
  };
  select.addEventListener("change", () => table.sortBy(select.value));
  turn.addEventListener("click", () => table.sortBy(table.by.column));
  select.addEventListener("focus", tell);
  view.on(["sort"], tell);
  tell();
}
