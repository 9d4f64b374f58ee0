/**
 * What a person typed into the search box: a filter where it reads as one, else plain words. Pure.
 */
import { matches } from "./listing.js";
import { parse } from "./query.js";

const FILTER = /[<>=()]|^(not|within)\b/i; // what a callsign, an address or a squawk never has

/**
 * `active`: whether anything is searched for; `finds(flight)`: whether it is found; `problem`: what
 * is wrong with a filter that cannot be read, else "".
 */
export function searchFor(text) {
  const typed = text.trim();
  if (typed === "") return { active: false, problem: "", finds: () => true };
  try {
    const query = parse(typed);
    return { active: true, problem: "", finds: (flight) => query.matches(recordOf(flight)) };
  } catch (error) {
    const words = typed.toLowerCase();
    return { active: true, problem: FILTER.test(typed) ? error.message : "", finds: (flight) => matches(flight, words) };
  }
}

function recordOf({ key, record }) {
  return { ...record, [key.includes(":") ? "key" : "hex"]: key };
}
