/**
 * Another map under the aircraft, where the operator configured one: raster tiles, a MapLibre style, or PMTiles.
 *
 * It is laid over the embedded map and below runways and aircraft; where it cannot be had, the embedded one stays
 * visible. The server's policy lets the page ask exactly the origins that were configured.
 */
import { addProtocol } from "../../vendor/maplibre-gl-6.17.0/maplibre-gl.mjs";

/** @typedef {{kind: "tiles"|"style"|"pmtiles", url: string, credit: string}} Source */
/** @typedef {import("maplibre-gl").Map} GlMap */
/** @typedef {import("maplibre-gl").LayerSpecification} Layer */
/** @typedef {import("maplibre-gl").SourceSpecification} SourceSpecification */
/** @typedef {import("./tokens.js").Tokens} Tokens */
/**
 * @typedef {object} Laid
 * @property {(tokens: Tokens) => Layer[]} layers that follow the theme.
 * @property {string[]} instead layers of the embedded map that it stands for.
 */

const ID = "ground";
const READER = new URL("../../vendor/pmtiles-4.5.0/pmtiles.js", import.meta.url);
const VECTOR = 1; // tile type in a PMTiles header

/**
 * @param {GlMap} map whose style is loaded.
 * @param {Source} source
 * @param {Tokens} tokens
 * @param {string} before the layer under which it goes.
 * @returns {Promise<Laid>}
 */
export async function lay(map, source, tokens, before) {
  const url = new URL(source.url, location.href).href.replaceAll("%7B", "{").replaceAll("%7D", "}");
  if (!url.startsWith(location.origin)) {
    // Many tile servers turn away who does not say where the page is; they learn the origin, not the room.
    map.setTransformRequest((asked) => ({ url: asked, referrerPolicy: "origin" }));
  }
  if (source.kind === "style") return layStyle(map, url, before);
  if (source.kind === "tiles") return layRaster(map, { tiles: [url], maxzoom: 19 }, before);
  return layArchive(map, url, tokens, before);
}

/**
 * @param {GlMap} map
 * @param {Partial<import("maplibre-gl").RasterSourceSpecification>} more
 * @param {string} before
 * @returns {Laid}
 */
function layRaster(map, more, before) {
  map.addSource(ID, { type: "raster", tileSize: 256, ...more });
  map.addLayer({ id: ID, type: "raster", source: ID, paint: { "raster-fade-duration": 0 } }, before);
  return { layers: () => [], instead: ["city"] };
}

/**
 * @param {GlMap} map
 * @param {string} url
 * @param {string} before
 * @returns {Promise<Laid>}
 */
async function layStyle(map, url, before) {
  const answer = await fetch(url, { referrerPolicy: "origin" });
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  const style = await answer.json();
  const absolute = (/** @type {string} */ each) =>
    new URL(each, url).href.replaceAll("%7B", "{").replaceAll("%7D", "}");
  if (style.glyphs) map.setGlyphs(absolute(style.glyphs));
  if (typeof style.sprite === "string") map.setSprite(absolute(style.sprite));
  for (const [id, source] of Object.entries(style.sources)) {
    if (typeof source.url === "string") source.url = absolute(source.url);
    if (Array.isArray(source.tiles)) source.tiles = source.tiles.map(absolute);
    map.addSource(`${ID}-${id}`, source);
  }
  for (const layer of style.layers) {
    const source = layer.source === undefined ? {} : { source: `${ID}-${layer.source}` };
    map.addLayer({ ...layer, ...source, id: `${ID}-${layer.id}` }, before);
  }
  return { layers: () => [], instead: style.glyphs ? ["city", "airport"] : ["city"] }; // its fonts are not ours
}

/**
 * @param {GlMap} map
 * @param {string} url
 * @param {Tokens} tokens
 * @param {string} before
 * @returns {Promise<Laid>}
 */
async function layArchive(map, url, tokens, before) {
  const { PMTiles, Protocol } = await reader();
  const protocol = new Protocol();
  const archive = new PMTiles(url);
  protocol.add(archive);
  addProtocol("pmtiles", protocol.tile);
  const { tileType } = await archive.getHeader();
  if (tileType !== VECTOR) return layRaster(map, { url: `pmtiles://${url}` }, before);
  map.addSource(ID, { type: "vector", url: `pmtiles://${url}` });
  for (const layer of streets(tokens)) map.addLayer(layer, before);
  return { layers: streets, instead: [] };
}

/** The library for PMTiles. It is a plain script, which leaves a global behind. @returns {Promise<any>} */
async function reader() {
  const script = document.createElement("script");
  script.src = READER.href;
  await new Promise((done, failed) => {
    script.onload = done;
    script.onerror = failed;
    document.head.append(script);
  });
  return /** @type {any} */ (globalThis).pmtiles;
}

/**
 * A quiet map of vector tiles in Protomaps' schema (docs.protomaps.com/basemaps/layers): land, water, roads, borders.
 * Names stay the embedded ones.
 *
 * @param {Tokens} tokens
 * @returns {Layer[]}
 */
function streets({ land, water, coast, line }) {
  const of = (/** @type {string} */ name) => ({ source: ID, "source-layer": name });
  const wide = ["interpolate", ["exponential", 1.6], ["zoom"], 6, 0.4, 12, 1, 16, 5];
  const big = ["in", ["get", "kind"], ["literal", ["highway", "major_road"]]];
  return /** @type {Layer[]} */ ([
    { id: `${ID}-sea`, type: "background", paint: { "background-color": water } },
    { id: `${ID}-earth`, type: "fill", ...of("earth"), paint: { "fill-color": land } },
    {
      id: `${ID}-water`,
      type: "fill",
      ...of("water"),
      filter: ["==", ["geometry-type"], "Polygon"],
      paint: { "fill-color": water },
    },
    {
      id: `${ID}-small`,
      type: "line",
      ...of("roads"),
      minzoom: 12,
      filter: ["!", big],
      paint: { "line-color": line, "line-width": 0.75 },
    },
    {
      id: `${ID}-big`,
      type: "line",
      ...of("roads"),
      minzoom: 7,
      filter: big,
      paint: { "line-color": line, "line-width": wide },
    },
    {
      id: `${ID}-border`,
      type: "line",
      ...of("boundaries"),
      paint: { "line-color": coast, "line-width": 0.75, "line-dasharray": [4, 3] },
    },
  ]);
}
