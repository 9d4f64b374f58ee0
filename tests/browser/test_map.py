"""The embedded map in a real browser: it starts under the page's policy, worker included, and asks nobody else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.browser.maps import MapServer, archive, png, vectors
from tests.browser.window import CONNECTION, Window
from tests.daemon import Server, running

Open = Callable[..., Window]

# On an otherwise empty page of the server, with what its real page names: its styles and what it says of the ground.
# GeoJSON is cut into tiles by the library's worker: painted land proves that it runs.
_START = """
async ({ theme, center, zoom }) => {
  document.documentElement.dataset.theme = theme;
  const page = new DOMParser().parseFromString(await (await fetch("/tracker/")).text(), "text/html");
  const [, base] = page.querySelector('script[type="module"]').getAttribute("src").match(/(.*\\/)js\\//);
  const styles = [...page.querySelectorAll('link[href$="base.css"], link[href*="maplibre"]')];
  await Promise.all(styles.map((each) => new Promise((done) => { each.onload = done; document.head.append(each); })));
  document.head.append(page.querySelector('meta[name="ground"]'));
  const library = styles.map((each) => each.href).find((each) => each.includes("maplibre")).replace(/css$/, "mjs");
  const [{ Map: GlMap }, { Basemap, credits }, { readTokens }] = await Promise.all(
    [library, `${base}js/map/basemap.js`, `${base}js/map/tokens.js`].map((each) => import(each)));
  const box = document.createElement("div");
  box.style.cssText = "position:fixed;inset:0;z-index:9";
  document.body.append(box);
  const basemap = new Basemap(readTokens());
  const canvasContextAttributes = { preserveDrawingBuffer: true };
  const map = new GlMap({ container: box, style: basemap.style(), center, zoom, attributionControl: false,
                          fadeDuration: 0, canvasContextAttributes });
  window.shown = { map, basemap, readTokens, credits: credits(), failed: [] };
  map.on("error", (event) => window.shown.failed.push(String(event.error)));
  await basemap.attach(map);
}
"""

_IDLE = "() => new Promise((done) => { shown.map.once('idle', () => done(shown.failed)); shown.map.triggerRepaint(); })"

_PIXEL = """
([lon, lat]) => {
  const { x, y } = shown.map.project([lon, lat]);
  const gl = shown.map.getCanvas().getContext("webgl2");
  const [wide, high] = [gl.drawingBufferWidth, gl.drawingBufferHeight];
  const box = shown.map.getContainer();
  const pixel = new Uint8Array(4);
  gl.readPixels(x / box.clientWidth * wide, high - y / box.clientHeight * high, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
  return [...pixel.slice(0, 3)].map((each) => each.toString(16).padStart(2, "0")).join("");
}
"""

_LIGHT = "() => { document.documentElement.dataset.theme = 'light'; shown.basemap.setTokens(shown.readTokens()); }"

LAND, WATER = {"dark": "141c23", "light": "f4f3ef"}, {"dark": "0b1116", "light": "d6e0e7"}


def start(server: Server, window: Open, theme: str, center: tuple[float, float], zoom: float, **options: Any) -> Window:
    here = window(viewport={"width": 640, "height": 480}, **options)
    here.expect("status of 404")  # browsers ask for /favicon.ico where a page names no icon
    here.page.goto(f"{server.http}/healthz")
    here.page.evaluate(_START, {"theme": theme, "center": center, "zoom": zoom})
    assert here.page.evaluate(_IDLE) == []
    return here


def pixel(here: Window, place: tuple[float, float]) -> str:
    return str(here.page.evaluate(_PIXEL, place))


def asked_from_now_on(here: Window) -> list[str]:
    """Names of the map's files that the page asks for, as it asks for them."""
    asked: list[str] = []
    here.page.on("request", lambda request: "/basemap/" in request.url and asked.append(request.url.rpartition("/")[2]))
    return asked


def drawn(here: Window, layer: str) -> list[dict[str, Any]]:
    """Properties of what a layer shows at the moment."""
    ask = "(layer) => shown.map.queryRenderedFeatures({ layers: [layer] }).map((each) => each.properties)"
    return list(here.page.evaluate(ask, layer))


def test_the_embedded_map_starts_with_its_worker_from_this_server_alone(server: Server, window: Open):
    here = start(server, window, "dark", (5, 48), 4.2)
    assert pixel(here, (1.0, 46.0)) == LAND["dark"]
    assert pixel(here, (-5.5, 47.0)) == WATER["dark"]
    assert {"Paris", "Amsterdam"} <= {each["name"] for each in drawn(here, "city")}
    workers = {worker.url.partition("?")[0].rpartition("/")[2] for worker in here.page.workers}
    assert workers == {"maplibre-gl-worker.mjs"}


def test_the_map_keeps_its_colours_where_the_system_forces_those_of_text(server: Server, window: Open):
    here = start(server, window, "light", (5, 48), 4.2, forced_colors="active")
    assert pixel(here, (1.0, 46.0)) == LAND["light"]
    assert pixel(here, (-5.5, 47.0)) == WATER["light"]


def test_the_first_look_at_a_room_fetches_at_most_1300_kb(server: Server, window: Open):
    here = window()
    answers: list[Any] = []
    here.page.on("response", lambda answer: answers.append(answer))
    here.page.goto(server.page("demo"))
    here.until(lambda: here.page.evaluate("() => performance.getEntriesByName('flights shown').length"), "flights show")
    files = {
        answer.url.partition("?")[0]: answer.request.sizes()["responseBodySize"]
        for answer in answers
        if "/api/" not in answer.url
    }
    for part in ("/tracker/demo", "maplibre-gl.mjs", "maplibre-gl-worker.mjs", "basemap/world.json", "map/layer.js"):
        assert any(url.endswith(part) for url in files), f"{part} in {sorted(files)}"
    assert sum(files.values()) <= 1_300_000, files


def test_a_change_of_theme_repaints_the_map_and_fetches_nothing(server: Server, window: Open):
    here = start(server, window, "dark", (5, 48), 4.2)
    asked = asked_from_now_on(here)
    here.page.evaluate(_LIGHT)
    assert here.page.evaluate(_IDLE) == []
    assert pixel(here, (1.0, 46.0)) == LAND["light"]
    assert pixel(here, (-5.5, 47.0)) == WATER["light"]
    assert asked == []


def test_beyond_zoom_7_finer_cells_come_with_runways_and_towns_and_only_once(server: Server, window: Open):
    here = start(server, window, "light", (4.76, 52.31), 6)
    assert pixel(here, (4.2, 52.5)) == WATER["light"]
    asked = asked_from_now_on(here)
    here.page.evaluate("() => void shown.map.jumpTo({ zoom: 11 })")
    here.until(lambda: drawn(here, "runway"), "the runways are drawn")
    assert here.page.evaluate(_IDLE) == []
    assert asked == ["135.json"]
    assert "EHAM" in {each["name"] for each in drawn(here, "airport")}
    assert "Hoofddorp" in {each["name"] for each in drawn(here, "city")}
    here.page.evaluate("() => void shown.map.jumpTo({ zoom: 5 })")
    here.page.evaluate("() => void shown.map.jumpTo({ center: [5.1, 52.1], zoom: 10 })")
    assert here.page.evaluate(_IDLE) == []
    assert asked == ["135.json"]


def test_names_airports_and_runways_can_be_left_out(server: Server, window: Open):
    here = start(server, window, "light", (4.76, 52.31), 11)
    here.until(lambda: drawn(here, "runway"), "the runways are drawn")
    here.page.evaluate("() => shown.basemap.show({ places: false, airports: false, runways: false })")
    assert here.page.evaluate(_IDLE) == []
    assert [layer for layer in ("city", "airport", "airport-dot", "runway") if drawn(here, layer)] == []
    here.page.evaluate("() => shown.basemap.show({ runways: true })")
    assert here.page.evaluate(_IDLE) == []
    assert drawn(here, "runway")


# ---- a map that the operator configured

ORANGE = "ff8000"
TILE = png(255, 128, 0)


def shows_orange(here: Window) -> None:
    here.until(lambda: pixel(here, (1.0, 46.0)) == pixel(here, (-5.5, 47.0)) == ORANGE, "the other map is shown")


@pytest.mark.parametrize("path", ["/{z}/{x}/{y}.png?key=k", "/style.json"], ids=["tiles", "style"])
def test_a_configured_map_comes_from_its_origin_which_learns_the_pages_but_not_the_room(window: Open, path: str):
    with MapServer.running(TILE) as maps, running("--demo", "--map", maps.url + path) as server:
        here = start(server, window, "dark", (5, 48), 4.2)
        here.expect(CONNECTION)  # the server ends before the window does
        shows_orange(here)
        assert drawn(here, "airport-dot") == []
        assert here.page.evaluate("() => shown.map.getLayer('city')") is None
        tiles = {path.partition("?")[0] for path, _ in maps.asked if ".png" in path}
        assert {tile.split("/")[1] for tile in tiles} <= {"4", "5"}
        assert {referer for _, referer in maps.asked} == {f"{server.http}/"}
        assert here.page.evaluate("() => shown.credits.map((each) => each.text)")[0] == "127.0.0.1"


def test_the_policy_stops_every_other_origin(window: Open):
    with (
        MapServer.running(TILE) as maps,
        MapServer.running(TILE) as others,
        running("--demo", "--map", maps.url + "/{z}/{x}/{y}.png") as server,
    ):
        here = start(server, window, "dark", (5, 48), 4.2)
        here.expect(f"{CONNECTION}|Content Security Policy|policy: connect-src|Failed to fetch")
        asked = here.page.evaluate("(url) => fetch(url).then(() => 'came', () => 'stopped')", others.url + "/x.png")
        assert asked == "stopped"
        assert others.asked == []


def test_a_map_server_that_is_not_there_leaves_the_embedded_map(window: Open):
    with MapServer.running(TILE) as gone:
        pass
    with running("--demo", "--map", gone.url + "/style.json") as server:
        here = start(server, window, "dark", (5, 48), 4.2)
        here.expect(f"{CONNECTION}|cannot be had")
        assert pixel(here, (1.0, 46.0)) == LAND["dark"]
        assert drawn(here, "city")


def test_an_archive_on_this_server_is_read_in_pieces(window: Open, tmp_path: Path):
    file = tmp_path / "world.pmtiles"
    file.write_bytes(archive(TILE))
    with running("--demo", "--map", str(file)) as server:
        here = start(server, window, "dark", (5, 48), 4.2)
        here.expect(CONNECTION)  # the server ends before the window does
        shows_orange(here)


def test_an_archive_of_vectors_is_drawn_in_the_themes_colours_under_the_embedded_names(window: Open, tmp_path: Path):
    file = tmp_path / "world.pmtiles"
    file.write_bytes(archive(vectors("earth"), kind=1))
    with running("--demo", "--map", str(file)) as server:
        here = start(server, window, "dark", (5, 48), 4.2)
        here.expect(CONNECTION)
        here.until(lambda: pixel(here, (-5.5, 47.0)) == LAND["dark"], "what was sea is land in the archive")
        here.page.evaluate(_LIGHT)
        here.until(lambda: pixel(here, (-5.5, 47.0)) == LAND["light"], "it is repainted")
        assert drawn(here, "city")
