/**
 * The files of static/basemap read into GeoJSON: world.json as far as zoom 7, a cell of 20 degrees beyond it.
 *
 * Shapes come as whole numbers of a step from an origin, each point the difference from the one before
 * (scripts/basemap/pack.py writes them so). Pure: no DOM, no map.
 */

/**
 * @typedef {object} Places columns of equal length, the most important first.
 * @property {string[]} names
 * @property {number[]} at x, y of each in steps.
 * @property {number[]} zooms from which each is shown.
 */
/**
 * @typedef {object} GroundFile
 * @property {[number, number]} origin longitude and latitude, degrees.
 * @property {number} step degrees.
 * @property {number[][][]} land polygons, each a list of rings without their closing point.
 * @property {number[][]} borders
 * @property {Places|null} cities
 * @property {Places|null} airports
 * @property {number[][][]} [lakes] of the world.
 * @property {number[]} [cells] of the world: the numbers of the cells that there are.
 * @property {number} [size] of a cell: degrees that it is wide and high.
 * @property {number[][]} [runways] of a cell.
 * @property {number} [runway_step] degrees.
 */
/** @typedef {import("geojson").Point | import("geojson").MultiLineString | import("geojson").Polygon} Geometry */
/** @typedef {import("geojson").Feature<Geometry, Record<string, any>>} Feature */
/** @typedef {number[][]} Line points of longitude and latitude. */

const WORLD = 360;

/** Degrees that a cell is wide and high, and how many there are in a row. */
export const CELL = 20;
const COLUMNS = 360 / CELL;
const ROWS = 180 / CELL;

/**
 * @param {number[]} packed
 * @param {[number, number]} origin
 * @param {number} step
 * @returns {Line}
 */
function line(packed, [west, south], step) {
  const points = [];
  for (let i = 0, x = 0, y = 0; i < packed.length; i += 2) {
    x += packed[i];
    y += packed[i + 1];
    points.push([west + x * step, south + y * step]);
  }
  return points;
}

/**
 * @param {string} kind
 * @param {Geometry} geometry
 * @param {Record<string, string|number>} [more]
 * @returns {Feature}
 */
function feature(kind, geometry, more = {}) {
  return { type: "Feature", properties: { kind, ...more }, geometry };
}

/**
 * Polygons and their shores. Where a ring runs along the edge of its file it was cut there: that is no shore.
 *
 * @param {string} kind
 * @param {number[][][]} polygons
 * @param {GroundFile} file
 * @returns {Feature[]}
 */
function areas(kind, polygons, { origin, step, size = WORLD }) {
  const cut = (/** @type {number} */ value) => value % Math.round(size / step) === 0;
  const features = [];
  const shores = [];
  for (const polygon of polygons) {
    const rings = polygon.map((packed) => line(packed, origin, step));
    rings.forEach((ring, index) => {
      ring.push(ring[0]);
      shores.push(...shore(ring, polygon[index], cut));
    });
    features.push(feature(kind, { type: "Polygon", coordinates: rings }));
  }
  if (shores.length > 0) features.push(feature("shore", { type: "MultiLineString", coordinates: shores }));
  return features;
}

/**
 * @param {Line} ring closed.
 * @param {number[]} packed the same, in steps.
 * @param {(value: number) => boolean} cut whether a coordinate lies on the file's edge.
 */
function shore(ring, packed, cut) {
  const lines = [];
  let current = [ring[0]];
  let [x, y] = packed;
  for (let i = 1; i < ring.length; i++) {
    const [nextX, nextY] = 2 * i < packed.length ? [x + packed[2 * i], y + packed[2 * i + 1]] : [packed[0], packed[1]];
    if ((x === nextX && cut(x)) || (y === nextY && cut(y))) {
      if (current.length > 1) lines.push(current);
      current = [];
    }
    current.push(ring[i]);
    [x, y] = [nextX, nextY];
  }
  if (current.length > 1) lines.push(current);
  return lines;
}

/**
 * @param {string} kind
 * @param {Places|null} places
 * @param {GroundFile} file
 * @param {number} after rank of the first, so that those of the world come before those of a cell.
 * @returns {Feature[]}
 */
function points(kind, places, { origin: [west, south], step }, after) {
  if (places === null) return [];
  return places.names.map((name, i) => {
    const coordinates = [west + places.at[2 * i] * step, south + places.at[2 * i + 1] * step];
    return feature(kind, { type: "Point", coordinates }, { name, zoom: places.zooms[i], rank: after + i });
  });
}

/**
 * @param {string} kind
 * @param {number[][]} lines
 * @param {[number, number]} origin
 * @param {number} step
 * @returns {Feature[]}
 */
function lines(kind, lines, origin, step) {
  if (lines.length === 0) return [];
  const coordinates = lines.map((packed) => line(packed, origin, step));
  return [feature(kind, { type: "MultiLineString", coordinates })];
}

/**
 * @param {GroundFile} file world.json, or a cell.
 * @returns {{ground: Feature[], places: Feature[]}}
 */
export function readGround(file) {
  const { origin, step, size, runways = [], runway_step: runwayStep = step } = file;
  const water = size ? [feature("water", { type: "Polygon", coordinates: [square(origin, size)] })] : [];
  const rank = size ? 10_000 : 0;
  return {
    ground: [
      ...water,
      ...areas("land", file.land, file),
      ...areas("lake", file.lakes ?? [], file),
      ...lines("border", file.borders, origin, step),
      ...lines("runway", runways, origin, runwayStep),
    ],
    places: [...points("city", file.cities, file, rank), ...points("airport", file.airports, file, rank)],
  };
}

/**
 * @param {[number, number]} origin
 * @param {number} size
 */
function square([west, south], size) {
  const [east, north] = [west + size, south + size];
  return [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ];
}

/**
 * The cells that a view touches, counted eastwards from -180 and northwards from -90.
 *
 * @param {{west: number, south: number, east: number, north: number}} view degrees; east and west may leave -180 to 180.
 * @returns {number[]}
 */
export function cellsIn({ west, south, east, north }) {
  const found = [];
  const rows = [south, north].map((latitude) => Math.min(ROWS - 1, Math.max(0, Math.floor((latitude + 90) / CELL))));
  const first = Math.floor((west + 180) / CELL);
  const last = Math.min(Math.floor((east + 180) / CELL), first + COLUMNS - 1);
  for (let row = rows[0]; row <= rows[1]; row++) {
    for (let column = first; column <= last; column++) {
      found.push(row * COLUMNS + (((column % COLUMNS) + COLUMNS) % COLUMNS));
    }
  }
  return found;
}

/** @typedef {[number, number, number, number]} Box west, south, east, north, degrees */

/** Where a cell is. @param {number} cell @returns {Box} */
export function boxOf(cell) {
  const west = (cell % COLUMNS) * CELL - 180;
  const south = Math.floor(cell / COLUMNS) * CELL - 90;
  return [west, south, west + CELL, south + CELL];
}

/**
 * What of polygons and lines lies in a box: little of a world is cut into tiles much sooner than all of it.
 *
 * @param {Feature[]} features
 * @param {Box} box
 * @returns {Feature[]}
 */
export function clipped(features, box) {
  /** @type {Feature[]} */
  const found = [];
  for (const one of features) {
    const { geometry } = one;
    if (geometry.type === "Polygon") {
      const rings = geometry.coordinates.map((ring) => ringIn(ring, box)).filter((ring) => ring.length > 3);
      if (rings.length > 0) found.push({ ...one, geometry: { ...geometry, coordinates: rings } });
    } else if (geometry.type === "MultiLineString") {
      const parts = geometry.coordinates.flatMap((each) => partsIn(each, box));
      if (parts.length > 0) found.push({ ...one, geometry: { ...geometry, coordinates: parts } });
    } else {
      found.push(one);
    }
  }
  return found;
}

/**
 * A ring cut off at each side of a box in turn (Sutherland and Hodgman).
 *
 * @param {Line} ring closed.
 * @param {Box} box
 * @returns {Line} closed; empty where nothing of it is in the box.
 */
function ringIn(ring, [west, south, east, north]) {
  let points = ring.slice(1);
  const sides = /** @type {const} */ ([
    [0, west, 1],
    [0, east, -1],
    [1, south, 1],
    [1, north, -1],
  ]);
  for (const [axis, bound, sign] of sides) {
    /** @type {Line} */
    const kept = [];
    let from = points[points.length - 1];
    for (const to of points) {
      const before = (from[axis] - bound) * sign;
      const after = (to[axis] - bound) * sign;
      if (before < 0 !== after < 0) {
        const part = before / (before - after);
        kept.push([from[0] + part * (to[0] - from[0]), from[1] + part * (to[1] - from[1])]);
      }
      if (after >= 0) kept.push(to);
      from = to;
    }
    points = kept;
  }
  return points.length > 0 ? [...points, points[0]] : [];
}

/**
 * The parts of a line in a box, each to the point beyond its edge.
 *
 * @param {Line} whole
 * @param {Box} box
 * @returns {Line[]}
 */
function partsIn(whole, [west, south, east, north]) {
  const inside = whole.map(([x, y]) => x >= west && x <= east && y >= south && y <= north);
  /** @type {Line[]} */
  const parts = [];
  for (let at = 1, going = false; at < whole.length; at++) {
    const kept = inside[at - 1] || inside[at];
    if (kept && !going) parts.push([whole[at - 1]]);
    if (kept) parts[parts.length - 1].push(whole[at]);
    going = kept;
  }
  return parts;
}
