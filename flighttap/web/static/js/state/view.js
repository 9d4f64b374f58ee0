/**
 * What a person is looking at and how: the one small observable object beside the fleet.
 *
 * It knows nothing of the DOM, the map or the network; pure/link.js writes it into addresses, and
 * `remembered` says which parts belong to the person rather than to the view and are kept in the browser.
 */

/**
 * @typedef {object} Camera
 * @property {number} lat
 * @property {number} lon
 * @property {number} zoom
 */

/**
 * @typedef {object} ViewState
 * @property {string[]} selected keys of flights; the last one has the panel.
 * @property {boolean} follow whether the map keeps the selected flight in the middle.
 * @property {boolean} isolate whether only selected flights are shown.
 * @property {boolean} many whether a click adds to the selection instead of replacing it.
 * @property {string} query what stands in the search box.
 * @property {number|null} low feet, null from the ground up.
 * @property {number|null} high feet, null without a limit.
 * @property {number|null} within nautical miles from the receiver, null without a limit.
 * @property {"any"|"with"|"without"} position
 * @property {"any"|"air"|"ground"} ground
 * @property {"any"|"received"|"members"} from who the flights come from.
 * @property {boolean} inView whether the table holds only what is on the map.
 * @property {Camera|null} camera null until the map was moved.
 * @property {boolean} dock whether the dock is open.
 * @property {number} width of the dock, pixels.
 * @property {"auto"|"dark"|"light"} theme
 * @property {"aviation"|"metric"|"imperial"} units
 * @property {{column: string, descending: boolean}|null} sort null for the order at the start.
 * @property {string[]|null} columns ids of the table's columns, null for those at the start.
 * @property {"full"|"short"|"off"} labels
 * @property {"recent"|"all"|"off"} trails of flights that are not selected.
 * @property {boolean} rings
 * @property {boolean} outline the farthest that was heard, by direction.
 * @property {boolean} airports
 * @property {boolean} runways
 * @property {boolean} places names of cities.
 * @property {boolean} asReceived positions as they came, without reckoning between them.
 * @property {boolean} keys whether single letters do something.
 * @property {boolean} embed whether the page is a part of somebody else's: the map and a word of where it comes from.
 */

/** @type {Readonly<ViewState>} */
export const START = Object.freeze({
  selected: [],
  follow: false,
  isolate: false,
  many: false,
  query: "",
  low: null,
  high: null,
  within: null,
  position: "any",
  ground: "any",
  from: "any",
  inView: false,
  camera: null,
  dock: true,
  width: 360,
  theme: "auto",
  units: "aviation",
  sort: null,
  columns: null,
  labels: "full",
  trails: "recent",
  rings: false,
  outline: false,
  airports: true,
  runways: true,
  places: true,
  asReceived: false,
  keys: true,
  embed: false,
});

/** Parts that hide flights: what "Clear filters" puts back. */
export const FILTERS = /** @type {const} */ ([
  "query",
  "low",
  "high",
  "within",
  "position",
  "ground",
  "from",
  "isolate",
]);

/** Parts that are a person's habits, remembered between visits. */
export const HABITS = /** @type {const} */ ([
  "width",
  "theme",
  "units",
  "sort",
  "columns",
  "labels",
  "trails",
  "rings",
  "outline",
  "airports",
  "runways",
  "places",
  "asReceived",
  "keys",
]);

/** @typedef {keyof ViewState} Part */

export class View {
  /**
   * @param {Partial<ViewState>} [given] what differs from the start.
   * @param {Partial<ViewState>} [lent] what an address says besides: looked through, but not a habit of this person.
   */
  constructor(given = {}, lent = {}) {
    /** @type {ViewState} */
    this.state = { ...START, ...given, ...lent };
    this._own = { ...START, ...given };
    this._lent = lent;
    /** @type {{parts: Set<Part>|null, call: (changed: Set<Part>) => void}[]} */
    this._listeners = [];
  }

  /**
   * Change some parts; those who listen to one that really changed are told, once, after all have.
   *
   * @param {Partial<ViewState>} patch
   * @returns {boolean} whether anything changed.
   */
  set(patch) {
    /** @type {Set<Part>} */
    const changed = new Set();
    for (const name of /** @type {Part[]} */ (Object.keys(patch))) {
      if (same(this.state[name], patch[name])) continue;
      /** @type {any} */ (this.state)[name] = patch[name];
      changed.add(name);
    }
    if (changed.size === 0) return false;
    for (const { parts, call } of this._listeners) {
      if (parts === null || [...changed].some((name) => parts.has(name))) call(changed);
    }
    return true;
  }

  /**
   * Be told of changes.
   *
   * @param {readonly Part[]|null} parts which ones, null for all.
   * @param {(changed: Set<Part>) => void} call
   */
  on(parts, call) {
    this._listeners.push({ parts: parts === null ? null : new Set(parts), call });
  }

  /** The flight whose panel is open: the last one selected, or null. */
  get chosen() {
    return this.state.selected.at(-1) ?? null;
  }

  /** Select a flight, or nothing; with `add` in addition to the others, or no longer. @param {string|null} key @param {boolean} [add] */
  select(key, add = this.state.many) {
    const { selected } = this.state;
    if (key === null) this.set({ selected: [], follow: false, isolate: false });
    else if (!add) this.set({ selected: [key], follow: this.state.follow && this.chosen === key });
    else if (selected.includes(key)) this.set({ selected: selected.filter((each) => each !== key), follow: false });
    else this.set({ selected: [...selected, key], follow: false });
  }

  /** Put every filter back. */
  showAll() {
    this.set(Object.fromEntries(FILTERS.map((name) => [name, START[name]])));
  }

  /** Whether any filter hides flights. */
  get filters() {
    return FILTERS.some((name) => !same(this.state[name], START[name]));
  }

  /** The habits, as they are kept in the browser: what an address lent is not one until it is changed. */
  get habits() {
    const { state, _lent: lent, _own: own } = this;
    const isLent = (/** @type {Part} */ name) => name in lent && same(lent[name], state[name]);
    return JSON.stringify(Object.fromEntries(HABITS.map((name) => [name, isLent(name) ? own[name] : state[name]])));
  }
}

/**
 * The habits kept in the browser, as far as they still make sense.
 *
 * @param {string|null} text what `habits` gave once.
 * @returns {Partial<ViewState>}
 */
export function remembered(text) {
  if (text === null) return {};
  let kept;
  try {
    kept = JSON.parse(text);
  } catch {
    return {};
  }
  if (kept === null || typeof kept !== "object") return {};
  const fine = HABITS.filter((name) => Object.hasOwn(kept, name) && sensible(name, kept[name]));
  return Object.fromEntries(fine.map((name) => [name, kept[name]]));
}

const CHOICES = {
  theme: ["auto", "dark", "light"],
  units: ["aviation", "metric", "imperial"],
  labels: ["full", "short", "off"],
  trails: ["recent", "all", "off"],
};

/** @param {Part} name @param {unknown} value */
function sensible(name, value) {
  if (Object.hasOwn(CHOICES, name))
    return CHOICES[/** @type {keyof typeof CHOICES} */ (name)].includes(/** @type {string} */ (value));
  if (name === "columns")
    return value === null || (Array.isArray(value) && value.every((each) => typeof each === "string"));
  if (name === "sort") return value === null || typeof (/** @type {any} */ (value)?.column) === "string";
  return typeof value === typeof START[name];
}

/** @param {unknown} one @param {unknown} other */
function same(one, other) {
  return one === other || (typeof one === "object" && JSON.stringify(one) === JSON.stringify(other));
}
