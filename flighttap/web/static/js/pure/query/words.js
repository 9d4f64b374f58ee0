/**
 * The words of the filter language: what can be compared, its flags, its units. Pure.
 *
 * flighttap/rooms/query_words.py holds the same tables for the server and says where they come
 * from; tests/data/query_vectors.json uses every word of them, so neither can change alone.
 */

export const SYNTAX = ["and", "or", "not", "within"];

/** Names of ages: they grow without a change, so no filter can be kept true of them. */
export const AGES = new Set(["seen", "seen_pos", "age", "last_seen"]);

/** Values of `source` that stand for all that begin with them and `_`. */
export const GROUPS = ["adsb", "adsr", "tisb"];

/** Metres in a nautical mile, a kilometre and a statute mile. */
export const UNITS = new Map([
  ["nm", 1852],
  ["km", 1000],
  ["mi", 1609.344],
]);

/** Address blocks that states use for their armed forces, as spotters found them. */
const MILITARY = [
  "0a4000..0a4fff,33ff00..33ffff,350000..37ffff,3aa000..3affff,3b7000..3bffff,3ea000..3ebfff",
  "3f4000..3fbfff,400000..40003f,43c000..43cfff,44f000..44ffff,45f400..45f4ff,468000..4683ff",
  "478100..4781ff,480000..480fff,48d800..48d87f,497c00..497cff,4b7000..4b7fff,4b8200..4b82ff",
  "738a00..738aff,800200..8002ff,adf7c8..afffff,c20000..c3ffff,e40000..e41fff,e80600..e806ff",
];

/** Each flag and the filter that it is short for. */
export const FLAGS = new Map([
  ["ground", "on_ground=true"],
  ["airborne", "on_ground=false or not on_ground=* alt=*"],
  ["military", `hex=${MILITARY.join()}`],
  ["emergency", "squawk=7500,7600,7700 or emergency=general,lifeguard,minfuel,nordo,unlawful,downed"],
  ["climbing", "vs>=250 not on_ground=true"],
  ["descending", "vs<=-250 not on_ground=true"],
  ["member", "source=member"],
]);

const SOURCES = [
  ...["adsb_icao", "adsb_icao_nt", "adsr_icao", "tisb_icao", "adsc", "mlat", "other", "mode_s"],
  ...["adsb_other", "adsr_other", "tisb_other", "tisb_trackfile", "member"],
];

/** The only values that these can have; the normal form writes them in small letters. */
const WORDS = new Map([
  ["source", [...SOURCES, ...GROUPS]],
  ["emergency", ["none", "general", "lifeguard", "minfuel", "nordo", "unlawful", "downed", "reserved"]],
  ["nav_modes", ["autopilot", "vnav", "althold", "approach", "lnav", "tcas"]],
]);

/** Name in the normal form; kind; fields on the wire, the first that is known counts; names that people write. */
const ROWS = /** @type {[string, string, string[], string][]} */ ([
  ["alt", "number", ["alt_baro", "alt_geom"], "alt altitude"],
  ["vs", "number", ["baro_rate", "geom_rate"], "vs vert_rate vertical_rate"],
  ["hex", "address", [], "hex icao icao24"],
  ["key", "text", [], "key"],
  ["flight", "text", ["flight"], "flight callsign call"],
  ["reg", "text", ["r"], "reg r registration"],
  ["type", "text", ["t"], "type t type_code aircraft_type"],
  ["desc", "text", ["desc"], "desc description"],
  ["category", "text", ["category"], "category cat"],
  ["lat", "number", ["lat"], "lat latitude"],
  ["lon", "number", ["lon"], "lon lng long longitude"],
  ["alt_baro", "number", ["alt_baro"], "alt_baro baro_altitude"],
  ["alt_geom", "number", ["alt_geom"], "alt_geom geo_altitude"],
  ["on_ground", "truth", ["on_ground"], "on_ground ground"],
  ["gs", "number", ["gs"], "gs speed ground_speed groundspeed"],
  ["ias", "number", ["ias"], "ias"],
  ["tas", "number", ["tas"], "tas"],
  ["mach", "number", ["mach"], "mach"],
  ["track", "angle", ["track"], "track heading"],
  ["track_rate", "number", ["track_rate"], "track_rate"],
  ["roll", "number", ["roll"], "roll"],
  ["mag_heading", "angle", ["mag_heading"], "mag_heading"],
  ["true_heading", "angle", ["true_heading"], "true_heading"],
  ["baro_rate", "number", ["baro_rate"], "baro_rate"],
  ["geom_rate", "number", ["geom_rate"], "geom_rate"],
  ["squawk", "text", ["squawk"], "squawk"],
  ["emergency", "text", ["emergency"], "emergency"],
  ["nav_qnh", "number", ["nav_qnh"], "nav_qnh"],
  ["nav_altitude_mcp", "number", ["nav_altitude_mcp"], "nav_altitude_mcp"],
  ["nav_altitude_fms", "number", ["nav_altitude_fms"], "nav_altitude_fms"],
  ["nav_heading", "angle", ["nav_heading"], "nav_heading"],
  ["nav_modes", "texts", ["nav_modes"], "nav_modes"],
  ["nic", "number", ["nic"], "nic"],
  ["rc", "number", ["rc"], "rc"],
  ["version", "number", ["version"], "version"],
  ["nic_baro", "number", ["nic_baro"], "nic_baro"],
  ["nac_p", "number", ["nac_p"], "nac_p"],
  ["nac_v", "number", ["nac_v"], "nac_v"],
  ["sil", "number", ["sil"], "sil"],
  ["sil_type", "text", ["sil_type"], "sil_type"],
  ["gva", "number", ["gva"], "gva"],
  ["sda", "number", ["sda"], "sda"],
  ["alert", "number", ["alert"], "alert"],
  ["spi", "number", ["spi"], "spi"],
  ["wd", "angle", ["wd"], "wd"],
  ["ws", "number", ["ws"], "ws"],
  ["oat", "number", ["oat"], "oat"],
  ["tat", "number", ["tat"], "tat"],
  ["source", "text", ["type"], "source"],
  ["rssi", "number", ["rssi"], "rssi"],
  ["messages", "number", ["messages"], "messages"],
  ["country", "text", ["country"], "country"],
  ["operator", "text", ["ownOp"], "operator ownop"],
  ["by", "text", ["by"], "by sender"],
]);

/**
 * Every name that a comparison can begin with, and what it is about: `{name, kind, fields, words,
 * small}`. No fields: the key of the flight, of an address only where that is one. `small`: the
 * normal form writes values in small letters.
 */
export const COLUMNS = new Map();
for (const [name, kind, fields, spoken] of ROWS) {
  const words = WORDS.get(name) ?? [];
  const column = { name, kind, fields, words, small: words.length > 0 || fields.length === 0 };
  for (const word of spoken.split(" ")) COLUMNS.set(word, column);
}

/** The known word that a mistyped one most likely means: the first of the fewest edits away, at most two. */
export function nearest(word, words) {
  const letters = Array.from(word);
  if (letters.length > 24) return null;
  let best = null;
  let limit = Math.min(letters.length, letters.length < 6 ? 2 : 3);
  for (const known of words) {
    if (Math.abs(letters.length - known.length) >= limit) continue;
    const edits = editsBetween(letters, known);
    if (edits < limit) [best, limit] = [known, edits];
  }
  return best;
}

/** Letters to add, drop, change or swap with the next (optimal string alignment distance). */
function editsBetween(one, other) {
  let last = [];
  let before = [];
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 0; i < one.length; i += 1) {
    [last, before, row] = [before, row, [i + 1]];
    for (let j = 0; j < other.length; j += 1) {
      let cost = Math.min(before[j + 1] + 1, row[j] + 1, before[j] + (one[i] === other[j] ? 0 : 1));
      if (i > 0 && j > 0 && one[i] === other[j - 1] && one[i - 1] === other[j]) cost = Math.min(cost, last[j - 1] + 1);
      row.push(cost);
    }
  }
  return row[other.length];
}
