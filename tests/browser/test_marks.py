"""What the map draws besides aircraft, and by what it tells kinds of them apart."""

from __future__ import annotations

from typing import Any

from tests.browser.layer import look, put, start
from tests.browser.rooms import Open
from tests.browser.window import Window
from tests.daemon import Server

MIDDLE = {"lat": 50.0, "lon": 6.0, "zoom": 10.0}

# The brightest of the pixels around a place, as drawn by the graphics processor.
_BRIGHT = """
([lon, lat]) => new Promise((done) => {
  world.map.gl.once("render", () => {
    const { x, y } = world.map.gl.project([lon, lat]);
    const gl = world.map.gl.getCanvas().getContext("webgl2");
    const pixels = new Uint8Array(5 * 5 * 4);
    const [left, low] = [Math.round(x) - 2, gl.drawingBufferHeight - Math.round(y) - 3];
    gl.readPixels(left, low, 5, 5, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
    done(Math.max(...pixels.filter((_, at) => at % 4 < 3)));
  });
  world.map.gl.triggerRepaint();
})"""

# How many pixels of the labels' canvas are painted; read from a copy, which no later drawing is slower for.
_INK = """() => {
  const canvas = world.map.gl.getContainer().querySelector("canvas.labels");
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
  return data.reduce((sum, value, at) => sum + (at % 4 === 3 && value > 0), 0);
}"""

_LINES = "() => world.map.gl.querySourceFeatures('lines').map(({ properties }) => [properties.kind, properties.text])"


# The sources of the shaders with which MapLibre draws one frame.
_SHADERS = """() => {
  const map = world.map.gl;
  const gl = map.getCanvas().getContext("webgl2");
  const used = new Set();
  gl.drawElements = function (...what) {
    const program = gl.getParameter(gl.CURRENT_PROGRAM);
    for (const shader of gl.getAttachedShaders(program)) used.add(gl.getShaderSource(shader));
    return WebGL2RenderingContext.prototype.drawElements.apply(gl, what);
  };
  map.redraw();
  delete gl.drawElements;
  return [...used];
}"""


def lines(here: Window) -> dict[str, set[Any]]:
    """Kinds of lines that are on the map, and what their labels say."""
    found: dict[str, set[Any]] = {}
    for kind, text in here.page.evaluate(_LINES):
        found.setdefault(kind, set()).add(text)
    return found


def test_kinds_of_aircraft_have_pictures_of_their_own(server: Server, window: Open) -> None:
    here = start(server, window, MIDDLE)
    drawn = set()
    for category in ("A1", "A3", "A5", "A7", "B1", "B2"):
        put(here, "4ca7b5", lat=50.0, lon=6.0, track=0.0, alt_baro=0, category=category)
        drawn.add(look(here, "4ca7b5", 0)["found"])
    assert len(drawn) == 6


def test_a_selected_flight_draws_its_trail(server: Server, window: Open) -> None:
    here = start(server, window, MIDDLE)
    way = [50.0 + 0.02 * turn for turn in range(6)]
    for turn, lat in enumerate(way):
        put(here, "4ca7b5", 10.0 * turn, lat=lat, lon=6.0, track=0.0, gs=430, alt_baro=0)
    behind = [6.0, way[1] + 0.01]
    assert here.page.evaluate(_BRIGHT, behind) < 110, "no trails are asked for"
    here.page.evaluate("() => world.view.select('4ca7b5')")
    assert here.page.evaluate(_BRIGHT, behind) > 180
    here.page.evaluate("() => { world.view.select(null); world.view.set({ trails: 'all' }); }")
    others = here.page.evaluate(_BRIGHT, behind)
    assert 60 < others < 180, "that of a flight among others is fainter"


def test_aircraft_are_labelled_as_is_wished(server: Server, window: Open) -> None:
    here = start(server, window, MIDDLE)
    put(here, "4ca7b5", lat=50.0, lon=6.0, flight="KLM12", alt_baro=36000, gs=447)
    assert here.page.evaluate(_INK) == 0
    here.page.evaluate("() => { world.view.set({ labels: 'short' }); }")
    short = here.until(lambda: here.page.evaluate(_INK), "its name is drawn")
    here.page.evaluate("() => { world.view.set({ labels: 'full' }); }")
    here.until(lambda: here.page.evaluate(_INK) > 1.3 * short, "its height and speed are, too")
    here.page.evaluate("() => { world.view.set({ labels: 'off' }); }")
    here.until(lambda: here.page.evaluate(_INK) == 0, "it is left alone")


def test_rings_and_the_actual_range_stand_around_the_receiver(server: Server, window: Open) -> None:
    here = start(server, window, {**MIDDLE, "zoom": 7.0})
    reach = [[6.0 + east, 50.0 + north] for east, north in ((0.5, 0.0), (0.0, 0.4), (-0.5, 0.0), (0.0, -0.4))]
    here.page.evaluate("(reach) => world.map.setReceiver({ lat: 50, lon: 6 }, reach)", reach)
    assert lines(here) == {}
    drawn = "() => world.map.gl.getLayoutProperty('ring', 'visibility')"
    assert here.page.evaluate(drawn) == "none", "tiles with nothing in them are not drawn"
    here.page.evaluate("() => { world.view.set({ rings: true, outline: true }); }")
    here.until(lambda: {"ring", "label", "outline"} <= lines(here).keys(), "they are drawn")
    assert all(text.endswith(" nm") for text in lines(here)["label"])
    here.page.evaluate("() => { world.view.set({ units: 'metric', outline: false }); }")
    here.until(lambda: all(text.endswith(" km") for text in lines(here).get("label", ["?"])), "in kilometres")
    here.until(lambda: "outline" not in lines(here), "the range is gone")
    here.page.evaluate("() => { world.view.set({ rings: false }); }")
    here.until(lambda: lines(here) == {}, "they are gone")
    assert here.page.evaluate(drawn) == "none"


def test_no_sky_is_drawn_behind_the_map(server: Server, window: Open) -> None:
    here = start(server, window, MIDDLE)
    put(here, "4ca7b5", lat=50.0, lon=6.0)
    drawn = here.page.evaluate(_SHADERS)
    assert any("u_color" in shader for shader in drawn), "the water behind the map is"
    assert not [shader for shader in drawn if "u_sky_color" in shader]
