/**
 * The map under the aircraft, quieter than they: land, lakes, borders, runways, and names that yield.
 *
 * It comes from this server: the world at once, finer cells of it as a view goes beyond zoom 7. The style knows colours
 * only as tokens, so that a theme is a few repainted layers; names are drawn with the fonts of the system.
 */
import { boxOf, cellsIn, clipped, readGround } from "./ground.js";
import { byZoom, covered } from "./yielding.js";

/** @typedef {import("./tokens.js").Tokens} Tokens */
/** @typedef {{text: string, href: string}} Credit */
/** @typedef {import("maplibre-gl").Map} GlMap */
/** @typedef {import("maplibre-gl").GeoJSONSource} GeoJSONSource */
/** @typedef {import("maplibre-gl").LayerSpecification} Layer */
/** @typedef {{ground: import("geojson").Feature[], places: import("geojson").Feature[]}} Ground */

const CREDITS = [
  { text: "Natural Earth", href: "https://www.naturalearthdata.com/" },
  { text: "GeoNames (CC BY 4.0)", href: "https://www.geonames.org/" },
  { text: "OurAirports", href: "https://ourairports.com/" },
];

/** Who made the map, for its foot: whoever the operator named first. @returns {Credit[]} */
export function credits() {
  const other = configured();
  return other?.credit ? [{ text: other.credit, href: "" }, ...CREDITS] : CREDITS;
}

/** Which layers a person may switch off. */
const SWITCHES = { places: ["city"], airports: ["airport", "airport-dot"], runways: ["runway"] };

/** What the cells stand for, what keeps it from being seen among them, and each one's kind. */
const UNDER_CELLS = /** @type {const} */ ({
  land: "fill",
  lake: "fill",
  border: "line",
  shore: "line",
  "fine-water": "fill",
});

const FINE = 7; // zoom from which the cells are drawn
const AGAIN_MS = 5000; // until a cell that could not be had is asked for again
const WORLD_ZOOM = 4; // of the tiles that the world is cut into: few of them, and half a pixel a unit where cells begin
const CELLS_ZOOM = 9; // of the tiles that cells are cut into: a unit there is a step of their finest shapes
const KEPT = 12; // cells; a view at that zoom shows six at most
const WIDE = 60; // degrees: a view of more is drawn the whole world at once
const FILES = new URL("../../basemap/", import.meta.url);

/**
 * Layers of a source stand together: each change from one to another costs a drawing of the edges of all its tiles.
 *
 * @param {Tokens} tokens
 * @returns {Layer[]}
 */
function layers({ land, water, coast, line, muted }) {
  const opacity = ["case", ["boolean", ["feature-state", "covered"], false], 0, 0.7];
  const name = { "text-color": muted, "text-opacity": opacity, "text-halo-color": land, "text-halo-width": 1 };
  const border = { "line-color": coast, "line-width": 0.75, "line-dasharray": [4, 3] };
  const shore = { "line-color": coast, "line-width": 0.75 };
  const filled = (/** @type {string} */ colour) => ({ "fill-color": colour, "fill-antialias": false }); // a shore is drawn over it
  const runway = ["interpolate", ["exponential", 2], ["zoom"], 9, 1, 12, 2, 18, 96];
  const of = (/** @type {string} */ kind) => ["==", ["get", "kind"], kind];
  const shown = (/** @type {string} */ kind) => ["all", of(kind), ["<=", ["get", "zoom"], ["zoom"]]];
  const text = { "text-field": ["get", "name"], "text-font": ["system-ui"], "text-size": 11 };
  return /** @type {Layer[]} */ ([
    { id: "water", type: "background", paint: { "background-color": water } },
    { id: "land", type: "fill", source: "world", filter: of("land"), paint: filled(land) },
    { id: "lake", type: "fill", source: "world", filter: of("lake"), paint: filled(water) },
    { id: "border", type: "line", source: "world", filter: of("border"), paint: border, maxzoom: 12 },
    { id: "shore", type: "line", source: "world", filter: of("shore"), paint: shore, maxzoom: 12 },
    {
      id: "fine-water",
      type: "fill",
      source: "cells",
      filter: of("water"),
      minzoom: FINE,
      paint: filled(water),
    },
    {
      id: "fine-land",
      type: "fill",
      source: "cells",
      filter: of("land"),
      minzoom: FINE,
      paint: filled(land),
    },
    { id: "fine-lake", type: "fill", source: "cells", filter: of("lake"), minzoom: FINE, paint: filled(water) },
    { id: "fine-border", type: "line", source: "cells", filter: of("border"), minzoom: FINE, paint: border },
    { id: "fine-shore", type: "line", source: "cells", filter: of("shore"), minzoom: FINE, paint: shore },
    {
      id: "runway",
      type: "line",
      source: "cells",
      filter: of("runway"),
      minzoom: 9,
      paint: { "line-color": muted, "line-opacity": 0.8, "line-width": runway },
    },
    {
      id: "airport-dot",
      type: "circle",
      source: "places",
      filter: shown("airport"),
      minzoom: 6,
      maxzoom: 11,
      paint: {
        "circle-color": line,
        "circle-radius": 2,
        "circle-stroke-color": muted,
        "circle-stroke-width": 1,
        "circle-stroke-opacity": 0.7,
      },
    },
    {
      id: "airport",
      type: "symbol",
      source: "places",
      filter: shown("airport"),
      minzoom: 7,
      layout: {
        ...text,
        "text-letter-spacing": 0.04,
        "text-variable-anchor": ["top", "bottom"],
        "text-radial-offset": 0.5,
        "symbol-sort-key": ["get", "rank"],
      },
      paint: name,
    },
    {
      id: "city",
      type: "symbol",
      source: "places",
      filter: shown("city"),
      layout: { ...text, "text-max-width": 8, "text-padding": 6, "symbol-sort-key": ["get", "rank"] },
      paint: name,
    },
  ]);
}

/** The embedded map of one MapLibre map. */
export class Basemap {
  /**
   * @param {Tokens} tokens
   * @param {import("./tiles.js").Source|null} [other] a map that the operator configured, laid over this one.
   * @param {(path: string) => Promise<any>} [load] a JSON file of static/basemap.
   */
  constructor(tokens, other = configured(), load = fetchJson) {
    this._tokens = tokens;
    this._load = load;
    this._other = other;
    this._themed = layers;
    this._world = load("world.json");
    /** @type {Set<number>} cells that there are. */
    this._known = new Set();
    /** @type {Map<number, Ground>} what was read, the longest unused first. */
    this._cells = new Map();
    /** @type {Set<number>} being fetched. */
    this._asked = new Set();
    /** @type {number[]} cells that there are of what is seen. */
    this._wanted = [];
    this._hidden = false; // the coarse ground, under the cells
    /** Whether the next drawing shows it. */
    this.shown = false;
    /** @type {import("./ground.js").Feature[]} of the world */
    this._ground = [];
    /** @type {import("./ground.js").Box|null} the part of the world that is drawn; null: all of it */
    this._drawn = null;
    /** @type {import("geojson").Feature[]} */
    this._worldPlaces = [];
    /** @type {import("geojson").Feature[]} all that have a name, in the order in which they show as one zooms in; where each stands here is its id */
    this._places = [];
    /** @type {Set<number>} those that an aircraft is named over */
    this._covered = new Set();
  }

  /** The style to give to a new map: everything but the shapes. */
  style() {
    const source = (/** @type {number} */ maxzoom) => ({ type: "geojson", data: collection([]), maxzoom });
    return /** @type {import("maplibre-gl").StyleSpecification} */ ({
      version: 8,
      sources: { world: source(WORLD_ZOOM), cells: source(CELLS_ZOOM), places: source(12) },
      layers: layers(this._tokens),
      transition: { duration: 0, delay: 0 },
    });
  }

  /**
   * Fill a map that was made with this style, and keep it filled as it moves.
   *
   * @param {GlMap} map
   */
  async attach(map) {
    this._map = map;
    if (!map.getSource("world")) await map.once("style.load");
    const world = await this._world;
    const { ground, places } = readGround(world);
    this._known = new Set(world.cells);
    this._worldPlaces = places;
    this._ground = ground;
    this._drawn = around(map.getBounds());
    this._source("world").setData(collection(this._drawn ? clipped(ground, this._drawn) : ground));
    await loaded(map, "world");
    this.shown = true;
    this._name(places); // these take a while, and the ground is something to see
    map.on("move", () => this._look());
    for (const change of /** @type {const} */ (["sourcedata", "sourcedataloading"])) {
      map.on(change, ({ sourceId }) => sourceId === "cells" && this._uncover());
    }
    this._look();
    this._layOther(map);
  }

  /** @param {GlMap} map */
  async _layOther(map) {
    if (!this._other) return;
    try {
      const { lay } = await import("./tiles.js");
      const { layers: themed, instead } = await lay(map, this._other, this._tokens, "runway");
      this._themed = (/** @type {Tokens} */ tokens) => [...layers(tokens), ...themed(tokens)];
      for (const id of instead) map.removeLayer(id);
      this.setTokens(this._tokens);
    } catch (error) {
      console.error("The map that this server is told to show cannot be had:", error);
    }
  }

  /** @param {Tokens} tokens of the theme from now on. */
  setTokens(tokens) {
    this._tokens = tokens;
    for (const { id, paint } of this._themed(tokens)) {
      if (!this._map?.getLayer(id)) continue;
      for (const [name, value] of Object.entries(paint ?? {}))
        this._map?.setPaintProperty(id, /** @type {any} */ (name), value);
    }
  }

  /** @param {Partial<Record<keyof typeof SWITCHES, boolean>>} wishes what to show, and what not. */
  show(wishes) {
    for (const [wish, on] of Object.entries(wishes)) {
      for (const id of SWITCHES[/** @type {keyof typeof SWITCHES} */ (wish)]) {
        if (this._map?.getLayer(id)) this._map.setLayoutProperty(id, "visibility", on ? "visible" : "none");
      }
    }
  }

  /** Draw all of the world once a part is not enough; fetch the cells that the map shows and does not have. */
  _look() {
    const map = /** @type {GlMap} */ (this._map);
    const bounds = map.getBounds();
    const [west, south, east, north] = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
    if (this._drawn && nearEdge([west, south, east, north], this._drawn)) {
      this._drawn = null;
      this._source("world").setData(collection(this._ground));
    }
    if (map.getZoom() < FINE) {
      this._wanted = [];
      this._uncover();
      return;
    }
    const cells = cellsIn({ west, south, east, north }).filter((cell) => this._known.has(cell));
    if (cells.join() === this._wanted.join()) return;
    this._wanted = cells;
    this._uncover();
    for (const cell of cells) {
      const had = this._cells.get(cell);
      if (had) {
        this._cells.delete(cell);
        this._cells.set(cell, had);
      } else {
        this._fetch(cell);
      }
    }
  }

  /** Draw the coarse ground only where a cell is lacking: it takes as long as the fine, and nobody sees it. */
  _uncover() {
    const map = /** @type {GlMap} */ (this._map);
    if (!map.getLayer("land")) return; // the graphics driver took all away: it comes again with events of its own
    const cells = this._wanted;
    const hidden = cells.length > 0 && cells.every((cell) => this._cells.has(cell)) && map.isSourceLoaded("cells");
    if (hidden === this._hidden) return;
    this._hidden = hidden;
    for (const [id, kind] of Object.entries(UNDER_CELLS)) {
      map.setPaintProperty(id, `${kind}-opacity`, hidden ? 0 : 1);
    }
  }

  /** @param {number} cell */
  async _fetch(cell) {
    if (this._asked.has(cell)) return;
    this._asked.add(cell);
    try {
      const { ground, places } = readGround(await this._load(`cells/${cell}.json`));
      const lakes = this._ground.filter(({ properties }) => properties?.kind === "lake"); // cells have none of their own
      this._cells.set(cell, { ground: [...ground, ...clipped(lakes, boxOf(cell))], places });
    } catch {
      setTimeout(() => (this._wanted = []), AGAIN_MS); // asked for again at the next move after that
      return;
    } finally {
      this._asked.delete(cell);
    }
    for (const old of [...this._cells.keys()].slice(0, -KEPT)) this._cells.delete(old);
    const grounds = [...this._cells.values()];
    this._source("cells").setData(collection(grounds.flatMap((each) => each.ground)));
    this._name([...this._worldPlaces, ...grounds.flatMap((each) => each.places)]);
  }

  /** @param {import("geojson").Feature[]} places */
  _name(places) {
    if (this._covered.size) this._map?.removeFeatureState({ source: "places" });
    this._covered.clear();
    this._places = places.toSorted(byZoom).map((place, id) => ({ ...place, id }));
    this._source("places").setData(collection(this._places));
  }

  /** Let names of places give way to aircraft that are named there. @param {import("./yielding.js").Rectangle[]} labels pixels. */
  yieldTo(labels) {
    const map = this._map;
    if (!map?.getSource("places")) return;
    const bounds = map.getBounds();
    const box = {
      west: bounds.getWest(),
      south: bounds.getSouth(),
      east: bounds.getEast(),
      north: bounds.getNorth(),
    };
    const now = covered(this._places, labels, map.getZoom(), box, (place) => map.project(place));
    const say = (/** @type {number} */ id, /** @type {boolean} */ on) =>
      map.setFeatureState({ source: "places", id }, { covered: on });
    for (const id of this._covered) if (!now.has(id)) say(id, false);
    for (const id of now) if (!this._covered.has(id)) say(id, true);
    this._covered = now;
  }

  /**
   * @param {string} id
   * @returns {GeoJSONSource}
   */
  _source(id) {
    return /** @type {GeoJSONSource} */ (/** @type {GlMap} */ (this._map).getSource(id));
  }
}

/** Wait until what is seen of a source can be drawn. @param {GlMap} map @param {string} id */
function loaded(map, id) {
  return new Promise((done) => {
    const look = () => {
      if (!map.isSourceLoaded(id)) return;
      map.off("sourcedata", look);
      done(null);
    };
    map.on("sourcedata", look);
  });
}

/** What the server told the page to lay over its map. @returns {import("./tiles.js").Source|null} */
function configured() {
  const said = document.querySelector('meta[name="ground"]')?.getAttribute("content");
  return said ? JSON.parse(said) : null;
}

/**
 * @param {import("geojson").Feature[]} features
 * @returns {import("geojson").FeatureCollection}
 */
function collection(features) {
  return { type: "FeatureCollection", features };
}

/** @param {string} path */
async function fetchJson(path) {
  const answer = await fetch(new URL(path, FILES));
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

/**
 * What to draw of the world for a view: as much again to all sides.
 *
 * @param {import("maplibre-gl").LngLatBounds} view
 * @returns {import("./ground.js").Box|null} null where that is much of it, or goes beyond its edge.
 */
function around(view) {
  const [west, south, east, north] = [view.getWest(), view.getSouth(), view.getEast(), view.getNorth()];
  const [wide, high] = [east - west, north - south];
  if (wide > WIDE || west - wide < -180 || east + wide > 180) return null;
  return [west - wide, south - high, east + wide, north + high];
}

/** Whether a view is about to leave a box: it is nearer to an edge than half of itself. @param {import("./ground.js").Box} view @param {import("./ground.js").Box} box */
function nearEdge([west, south, east, north], box) {
  const [wide, high] = [(east - west) / 2, (north - south) / 2];
  return west - wide < box[0] || south - high < box[1] || east + wide > box[2] || north + high > box[3];
}
