/** How many flights and people are here, in words. Pure. */
import { count, grouped } from "./format.js";

/**
 * @param {number|null} aircraft flights listed, null while not known.
 * @param {number|null} here connections to the room, this page included; null while not known.
 * @param {number|null} [shown] how many of the flights pass the filters.
 * @returns {string} for example `214 aircraft · 3 here`.
 */
export function headcount(aircraft, here, shown = aircraft) {
  const parts = [];
  if (aircraft !== null)
    parts.push(`${shown === aircraft ? "" : `${grouped(shown ?? 0)} of `}${grouped(aircraft)} aircraft`);
  if (here !== null) parts.push(`${grouped(here)} here`);
  return parts.join(" · ");
}

/** The same in a sentence, for a tooltip. */
export function headcountTitle(here) {
  if (here === null) return "";
  return here === 1
    ? "Only this page is connected to the room"
    : `${count(here, "connection")} to the room, this page among them`;
}
