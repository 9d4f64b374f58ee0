/** The choice of order where the table has no head to click on: on phones. */
import { COLUMNS } from "./columns.js";
import { el } from "./dom.js";

/**
 * @param {HTMLSelectElement} select
 * @param {HTMLButtonElement} turn
 * @param {FlightTable} table
 * @returns {() => void} brings both up to date with the table.
 */
export function wireSorter(select, turn, table) {
  select.append(...COLUMNS.map((column) => el("option", { value: column.id }, column.label)));
  const tell = () => {
    select.value = table.by.column;
    turn.dataset.descending = String(table.by.descending);
  };
  select.addEventListener("change", () => table.sortBy(select.value));
  turn.addEventListener("click", () => table.sortBy(table.by.column));
  tell();
  return tell;
}
