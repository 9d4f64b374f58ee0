/** A room's map to look at and not to touch: behind the landing page. */
import { Replica } from "./codec/replica.js";
import { FlightMap } from "./map/map.js";
import { hasWebGL2 } from "./map/program.js";
import { Connection } from "./net/connection.js";
import { socketUrl } from "./pure/url.js";
import { Fleet } from "./state/fleet.js";
import { Trails } from "./state/trails.js";
import { View } from "./state/view.js";
import { creditLine } from "./ui/credits.js";
import { byId } from "./ui/dom.js";

const HZ = 0.5;

/** @param {string} room @param {HTMLElement} container */
export function startSky(room, container) {
  if (!hasWebGL2()) return;
  const view = new View({ labels: "off", airports: false, places: false });
  const fleet = new Fleet();
  const map = new FlightMap(container, { fleet, trails: new Trails(fleet), view, now: () => connection.clock.now() });
  const replica = new Replica(fleet);
  const watch = { hz: HZ, events: false, presence: /** @type {const} */ ("none") };
  const connection = new Connection({ url: socketUrl(location, room), replica, watch, onState: () => {} });
  map.start().then(() => {
    const right = document.querySelector(".landing .column")?.getBoundingClientRect().right ?? 0;
    map.setPadding({ left: right < innerWidth - 200 ? right : 0, top: 0, right: 0, bottom: 0 }); // beside the column, where there is room
    connection.open();
    byId("sky-credit").replaceChildren(...creditLine());
  });
  const ended = fleet.onApplied(({ whole }) => {
    if (!whole || fleet.count === 0) return;
    map.fit();
    ended();
  });
  document.addEventListener("visibilitychange", () => (document.hidden ? connection.close() : connection.open()));
}
