/** The page's own map fed with a made-up sky: what benchmarks/page.py measures. */
import { opened } from "/static/js/codec/binary.js";
import { Replica } from "/static/js/codec/replica.js";
import { FlightMap } from "/static/js/map/map.js";
import { Fleet } from "/static/js/state/fleet.js";
import { Trails } from "/static/js/state/trails.js";
import { View } from "/static/js/state/view.js";
import { Sky } from "./feed.js";

const asked = new URLSearchParams(location.search);
const number = (name, otherwise) => Number(asked.get(name) ?? otherwise);
const where = { lat: number("lat", 50), lon: number("lon", 6), spread: number("spread", 12) };
document.documentElement.dataset.theme = asked.get("theme") ?? "dark";

const sky = new Sky(number("n", 1000), where);
const fleet = new Fleet();
const trails = new Trails(fleet);
const replica = new Replica(fleet);
const view = new View({
  labels: asked.get("labels") ?? "full",
  camera: { lat: where.lat, lon: where.lon, zoom: number("zoom", 6) },
});
let [local, server] = [performance.now(), sky.now];
const now = () => server + (performance.now() - local) / 1000;
const map = new FlightMap(document.getElementById("map"), { fleet, trails, view, now });
const apply = (message) => replica.apply(message instanceof ArrayBuffer ? opened(message) : message);
for (const message of sky.snapshot()) apply(message);
await map.start();

/** Updates made beforehand, so that making them is not measured. */
const made = [];
for (let index = 0; index < number("updates", 40); index += 1) {
  sky.step(1);
  made.push({ frame: sky.update(), at: sky.now });
}

/** One update: every aircraft moved since the last. Gives the milliseconds spent on it until it was applied. */
function update() {
  const { frame, at } = made.shift();
  const began = performance.now();
  [local, server] = [began, at];
  replica.apply(opened(frame));
  return performance.now() - began;
}

/** One second of coming and going. @param {number} count how many leave and come */
function churn(count) {
  sky.step(1);
  [local, server] = [performance.now(), sky.now];
  for (const message of [...sky.churn(count), sky.update()]) apply(message);
}

/** Follow the fastest flight on the screen. Gives its key. */
function follow() {
  const [slot] = [...map.census.slots].sort((one, other) => fleet.gs[other] - fleet.gs[one]);
  view.select(fleet.key[slot]);
  view.set({ follow: true });
  return fleet.key[slot];
}

globalThis.bench = { fleet, map, update, churn, follow, frames: 0 };
map.gl.on("render", () => {
  globalThis.bench.frames += 1;
});
document.documentElement.dataset.ready = "true";
