/**
 * A view as an address and back. Pure.
 *
 * Where tar1090 has a name that means the same, that is the name; the others are ours. Names are not
 * case-sensitive. What stands as it stands at the start is left out.
 */
import { START } from "../state/view.js";

/** @typedef {import("../state/view.js").ViewState} ViewState */

const ADDRESS = /^~?[0-9a-f]{6}$/;
const HIGHEST_FT = 150000;
const FARTHEST_NM = 12000;

const CHOICES = /** @type {const} */ ([
  ["position", "position", ["with", "without"]],
  ["ground", "ground", ["air", "ground"]],
  ["from", "from", ["received", "members"]],
  ["labels", "labels", ["short", "off"]],
  ["trails", "trails", ["all", "off"]],
  ["units", "units", ["metric", "imperial"]],
  ["theme", "theme", ["dark", "light"]],
]);
const SWITCHES = /** @type {const} */ ([
  ["follow", "follow"],
  ["isolate", "isolate"],
  ["tableInView", "inView"],
  ["rangeRings", "rings"],
  ["outline", "outline"],
  ["airports", "airports"],
  ["runways", "runways"],
  ["places", "places"],
  ["asReceived", "asReceived"],
]);
/** What only a shared link says: the address in the bar leaves a person's habits alone. */
const SHARED = new Set([
  "labels",
  "trails",
  "units",
  "theme",
  "rangeRings",
  "outline",
  "airports",
  "runways",
  "places",
  "asReceived",
]);

/**
 * The query of an address that shows this view, "" or beginning with "?".
 *
 * @param {ViewState} view
 * @param {boolean} whole with the person's habits, for sharing.
 */
export function queryOf(view, whole = false) {
  /** @type {string[]} */
  const words = [];
  const say = (/** @type {string} */ name, /** @type {string|number} */ value) =>
    words.push(`${name}=${plain(String(value))}`);
  const addresses = view.selected.filter((key) => ADDRESS.test(key));
  if (addresses.length) say("icao", addresses.join());
  for (const key of view.selected) if (!ADDRESS.test(key)) say("key", key);
  if (view.query.trim()) say("q", view.query.trim());
  if (view.low !== null) say("filterAltMin", view.low);
  if (view.high !== null) say("filterAltMax", view.high);
  if (view.within !== null) say("within", Number(view.within.toFixed(2)));
  for (const [name, part] of CHOICES) {
    if ((whole || !SHARED.has(name)) && view[part] !== START[part]) say(name, view[part]);
  }
  for (const [name, part] of SWITCHES) {
    if ((whole || !SHARED.has(name)) && view[part] !== START[part]) {
      if (view[part]) words.push(name);
      else say(name, 0);
    }
  }
  if (whole && !view.dock) words.push("hideSideBar");
  if (view.embed) words.push("embed");
  if (whole && view.sort) {
    say("sortBy", view.sort.column);
    if (view.sort.descending) words.push("sortByReverse");
  }
  if (whole && view.columns) say("columns", view.columns.join());
  if (view.camera) {
    say("lat", view.camera.lat.toFixed(4));
    say("lon", view.camera.lon.toFixed(4));
    say("zoom", Number(view.camera.zoom.toFixed(2)));
  }
  return words.length ? `?${words.join("&")}` : "";
}

/**
 * What an address says of the view; what makes no sense is passed over.
 *
 * @param {string} search the query of an address.
 * @returns {Partial<ViewState>}
 */
export function viewOf(search) {
  /** @type {Map<string, string>} */
  const said = new Map();
  /** @type {string[]} */
  const keys = [];
  for (const [name, value] of new URLSearchParams(search)) {
    if (name.toLowerCase() === "key") keys.push(value);
    else said.set(name.toLowerCase(), value);
  }
  /** @type {Partial<ViewState>} */
  const view = {};
  const addresses = (said.get("icao") ?? "")
    .toLowerCase()
    .split(",")
    .filter((each) => ADDRESS.test(each));
  if (addresses.length + keys.length) view.selected = [...addresses, ...keys];
  const query = [said.get("q")?.trim() ?? "", ...translated(said)].filter(Boolean).join(" ");
  if (query) view.query = query;
  const [low, high] = [
    number(said.get("filteraltmin"), 0, HIGHEST_FT),
    number(said.get("filteraltmax"), 0, HIGHEST_FT),
  ];
  if (low !== null) view.low = low;
  if (high !== null) view.high = high;
  const within = number(said.get("within"), 0.1, FARTHEST_NM);
  if (within !== null) view.within = within;
  for (const [name, part, values] of CHOICES) {
    const value = said.get(name);
    if (value !== undefined && /** @type {readonly string[]} */ (values).includes(value))
      /** @type {any} */ (view)[part] = value;
  }
  for (const [name, part] of SWITCHES) {
    const value = said.get(name.toLowerCase());
    if (value !== undefined) /** @type {any} */ (view)[part] = value !== "0";
  }
  if (said.has("hidesidebar")) view.dock = false;
  if (said.has("embed")) view.embed = true;
  const column = said.get("sortby");
  if (column) view.sort = { column: COLUMN_NAMES.get(column) ?? column, descending: said.has("sortbyreverse") };
  const columns = said.get("columns");
  if (columns) view.columns = columns.split(",");
  const width = number(said.get("sidebarwidth"), 300, 520);
  if (width !== null) view.width = width;
  const [lat, lon] = [number(said.get("lat"), -90, 90), number(said.get("lon"), -180, 180)];
  if (lat !== null && lon !== null) view.camera = { lat, lon, zoom: number(said.get("zoom"), 0, 20) ?? 9 };
  return view;
}

/** tar1090's names of columns that are called something else here. */
const COLUMN_NAMES = new Map([
  ["icao", "hex"],
  ["flag", "country"],
  ["flight", "callsign"],
  ["registration", "reg"],
  ["aircraft_type", "type"],
  ["altitude", "alt"],
  ["speed", "gs"],
  ["vert_rate", "rate"],
  ["msgs", "messages"],
  ["data_source", "source"],
]);

const SOURCES = new Map([
  ["adsb", "adsb"],
  ["adsr", "adsr"],
  ["tisb", "tisb"],
  ["mlat", "mlat"],
  ["modes", "mode_s"],
  ["adsc", "adsc"],
  ["other", "other"],
]);

/** tar1090's filters, as far as the filter language can say the same. @param {Map<string, string>} said @returns {string[]} */
function translated(said) {
  const words = [];
  const flight = pattern(said.get("filtercallsign"));
  if (flight) words.push(`flight=${flight}`);
  const type = pattern(said.get("filtertype"));
  if (type) words.push(`type=${type}`);
  const icao = pattern(said.get("filtericao"));
  if (icao) words.push(`hex=${icao.toLowerCase()}`);
  const only = (said.get("icaofilter") ?? "")
    .toLowerCase()
    .split(",")
    .filter((each) => ADDRESS.test(each));
  if (only.length) words.push(`hex=${only.join()}`);
  const reg = (said.get("reg") ?? "")
    .toUpperCase()
    .split(",")
    .filter((each) => /^[A-Z0-9-]{1,16}$/.test(each));
  if (reg.length) words.push(`reg=${reg.join()}`);
  const sources = (said.get("filtersources") ?? "")
    .toLowerCase()
    .split(",")
    .flatMap((each) => SOURCES.get(each) ?? []);
  if (sources.length) words.push(`source=${sources.join()}`);
  if (said.has("mil") || said.get("filterdbflag") === "military") words.push("military");
  return words;
}

/**
 * A regular expression of tar1090's as a list of patterns: `^(UAL|DAL)` is `UAL*,DAL*`, `AB` is
 * `*AB*`. Null where it is more than letters, digits, `^`, `$` and choices between them.
 *
 * @param {string|undefined} text
 */
function pattern(text) {
  const found = /^(\^?)(?:\(([A-Za-z0-9|-]+)\)|([A-Za-z0-9|-]+))(\$?)$/.exec(text ?? "");
  if (!found) return null;
  const [, start, grouped, bare, end] = found;
  const choices = (grouped ?? bare).toUpperCase().split("|").filter(Boolean);
  if (bare?.includes("|") && (start || end)) return null; // ^A|B anchors only A
  return choices.map((each) => `${start ? "" : "*"}${each}${end ? "" : "*"}`).join();
}

/** @param {string|undefined} text @param {number} low @param {number} high */
function number(text, low, high) {
  if (text === undefined || text.trim() === "") return null;
  const value = Number(text);
  return Number.isFinite(value) && value >= low && value <= high ? value : null;
}

/** Percent-encoded as little as an address needs. @param {string} text */
function plain(text) {
  return encodeURIComponent(text).replace(/%2C/g, ",").replace(/%3A/g, ":").replace(/%3D/g, "=").replace(/%20/g, "+");
}
