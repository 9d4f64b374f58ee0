/** How many flights and people are here, in words. Pure. */
import { count, grouped, printable } from "./format.js";

/**
 * @param {number|null} aircraft flights listed, null while not known.
 * @param {number|null} here connections to the room, this page included; null while not known.
 * @param {number|null} [shown] how many of the flights pass the filters.
 * @param {boolean} [sharing] whether this page shares what it shows.
 * @returns {string} for example `214 aircraft · 3 here`.
 */
export function headcount(aircraft, here, shown = aircraft, sharing = false) {
  const parts = [];
  if (aircraft !== null)
    parts.push(`${shown === aircraft ? "" : `${grouped(shown ?? 0)} of `}${grouped(aircraft)} aircraft`);
  if (here !== null) parts.push(`${grouped(here)} here`);
  if (sharing) parts.push("sharing");
  return parts.join(" · ");
}

/** The same in a sentence, for a tooltip. */
export function headcountTitle(here) {
  if (here === null) return "";
  return here === 1
    ? "Only this page is connected to the room"
    : `${count(here, "connection")} to the room, this page among them`;
}

/** What a member of the room is called. @param {string} id public. @param {string|undefined} name */
export function called(id, name) {
  return printable(name, 40) || `Guest ${printable(id, 12)}`;
}
