"""The map alone, over a page of the server, with flights and a time that a test says; and a look at what is drawn."""

from __future__ import annotations

from typing import Any

from tests.browser.rooms import Open
from tests.browser.window import Window
from tests.daemon import Server

__all__ = ["NOW", "ROUND", "look", "put", "start"]

NOW = 1795000000.0

# Laid over the landing page, under the page's own policy. Time is what the test says it is.
_START = """
async (camera) => {
  const base = document.querySelector('script[type="module"]').src.replace(/app\\.js$/, "");
  const names = ["map/map", "state/fleet", "state/trails", "state/view", "map/projection", "map/colours"];
  const [{ FlightMap }, { Fleet }, { Trails }, { View }, { toScreen }, { rgb }] =
    await Promise.all(names.map((name) => import(`${base}${name}.js`)));
  document.documentElement.dataset.theme = "dark";
  const box = document.createElement("div");
  box.style.cssText = "position:fixed;inset:0;z-index:9";
  document.body.append(box);
  const fleet = new Fleet();
  const trails = new Trails(fleet);
  const plain = { labels: "off", trails: "off", places: false, airports: false, runways: false };
  const view = new View({ camera, ...plain });
  const world = { now: 1795000000, fleet, trails, view, toScreen, rgb };
  world.map = new FlightMap(box, { fleet, trails, view, now: () => world.now });
  await world.map.start();
  world.put = (key, fields) => { fleet.put(key, fields, world.now); fleet.commit(); };
  window.world = world;
}
"""

# Where the picture of an aircraft is: the middle of all pixels that are not the ground's, near where it should be.
_LOOK = """
async ({ key, reach, floor }) => {
  const { map, fleet, toScreen } = world;
  const gl = map.gl.getCanvas().getContext("webgl2");
  const frame = await new Promise((done) => {
    map.gl.once("render", () => {
      const { layer } = map;
      const place = layer.instances.place(fleet.slot(key), layer.frame.now, layer.reckoning, [0, 0]);
      const [x, y] = toScreen(layer.frame, devicePixelRatio, place, [0, 0]);
      const size = 2 * reach + 1;
      const [left, top] = [Math.round(x * devicePixelRatio) - reach, Math.round(y * devicePixelRatio) - reach];
      const pixels = new Uint8Array(size * size * 4);
      gl.readPixels(left, gl.drawingBufferHeight - top - size, size, size, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
      done({ x: x * devicePixelRatio, y: y * devicePixelRatio, left, top, size, pixels });
    });
    map.gl.triggerRepaint();
  });
  let [sum, east, south] = [0, 0, 0];
  const colours = new Map();
  for (let row = 0; row < frame.size; row += 1) {
    for (let column = 0; column < frame.size; column += 1) {
      const at = ((frame.size - 1 - row) * frame.size + column) * 4;
      const [red, green, blue] = frame.pixels.subarray(at, at + 3);
      if (Math.max(red, green, blue) < floor) continue;
      sum += 1;
      east += frame.left + column + 0.5;
      south += frame.top + row + 0.5;
      const name = [red, green, blue].join();
      colours.set(name, (colours.get(name) ?? 0) + 1);
    }
  }
  const [colour] = [...colours].sort((one, other) => other[1] - one[1])[0] ?? [""];
  return { found: sum, x: east / sum, y: south / sum, computed: [frame.x, frame.y], colour };
}
"""


def start(server: Server, window: Open, camera: dict[str, float], **options: Any) -> Window:
    here = window(**{"viewport": {"width": 640, "height": 480}, "reduced_motion": "no-preference", **options})
    here.page.route("**/api/v1/rooms", lambda route: route.fulfill(json={"rooms": []}))  # or the page draws a sky, too
    here.page.goto(server.page())
    here.page.evaluate(_START, camera)
    return here


def put(here: Window, key: str, seconds: float = 0.0, **fields: Any) -> None:
    """A record that came at that time."""
    here.page.evaluate(
        "([key, at, fields]) => { world.now = at; world.put(key, fields); }", [key, NOW + seconds, fields]
    )


def look(here: Window, key: str, seconds: float, floor: int = 110) -> dict[str, Any]:
    """How an aircraft is drawn at a time; what is darker than ``floor`` is none of it."""
    here.page.evaluate("(at) => { world.now = at; }", NOW + seconds)
    return dict(here.page.evaluate(_LOOK, {"key": key, "reach": 24, "floor": floor}))


# A balloon: round, upright, and its middle in the middle of its picture to a pixel or two, whatever its track.
ROUND = {"category": "B2", "alt_baro": 30000, "gs": 480}
