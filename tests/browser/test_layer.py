"""The aircraft layer in a real browser: what the graphics processor draws is what the page computes."""

from __future__ import annotations

import pytest

from tests.browser.layer import NOW, ROUND, look, put, start
from tests.browser.rooms import Open
from tests.daemon import Server


@pytest.mark.parametrize(
    "camera",
    [
        {"lat": 50.0, "lon": 6.0, "zoom": 9.0},
        {"lat": -33.9, "lon": 179.95, "zoom": 9.0},
        {"lat": 78.0, "lon": 20.0, "zoom": 9.0},
        {"lat": 50.0, "lon": 6.0, "zoom": 15.0},
        {"lat": 10.0, "lon": 10.0, "zoom": 3.0},
    ],
    ids=["in the middle", "at the antimeridian", "far north", "close", "far away"],
)
def test_the_graphics_processor_puts_an_aircraft_where_the_page_computes_it(
    server: Server, window: Open, camera: dict[str, float]
) -> None:
    here = start(server, window, camera)
    far = 60 / 2 ** camera["zoom"]  # degrees, well within the window
    for turn, (north, east) in enumerate([(0.3, 0.9), (-0.3, -0.8), (0.0, 0.0)]):
        lat, lon = camera["lat"] + north * far, (camera["lon"] + east * far + 180) % 360 - 180
        key = f"00000{turn}"
        put(here, key, lat=lat, lon=lon, track=75.0 * turn, **ROUND)
        still = look(here, key, 0)
        assert still["found"] > 8
        offset = still["x"] - still["computed"][0], still["y"] - still["computed"][1]
        assert abs(offset[0]) < 1
        assert abs(offset[1]) < 4  # the basket hangs below
        if camera["zoom"] > 9:
            continue  # it flies out of sight
        moved = look(here, key, 8)
        assert abs(moved["x"] - moved["computed"][0] - offset[0]) < 0.6
        assert abs(moved["y"] - moved["computed"][1] - offset[1]) < 0.6
        here.page.evaluate("(key) => { world.fleet.forget(key); world.fleet.commit(); }", key)


def test_nothing_jumps_at_zoom_9_when_an_update_of_a_steady_flight_comes(server: Server, window: Open) -> None:
    here = start(server, window, {"lat": 50.0, "lon": 6.0, "zoom": 9.0})
    put(here, "4ca7b5", lat=50.0, lon=6.0, track=90.0, **ROUND)
    degrees = 480 / 216000 / 0.6427876  # a second, at 50 degrees north
    before = None
    for second in range(1, 8):
        late = 0.3 if second % 2 else 0.0  # seconds under way, and a coarse age
        before = look(here, "4ca7b5", second + late)
        put(here, "4ca7b5", second + late, lat=50.0, lon=6.0 + degrees * second, track=90.0, seen_pos=0.25, **ROUND)
        after = look(here, "4ca7b5", second + late)
        jump = ((after["x"] - before["x"]) ** 2 + (after["y"] - before["y"]) ** 2) ** 0.5
        assert jump < 2, f"{jump} px at {second} s"
        assert jump < 0.6  # no more than a pixel's rounding
    assert before is not None
    assert before["x"] - 320 > 15  # it did fly


def test_an_aircraft_has_the_colour_of_its_altitude_and_one_on_the_ground_its_own(server: Server, window: Open) -> None:
    here = start(server, window, {"lat": 50.0, "lon": 6.0, "zoom": 10.0})
    for feet, colour in [(0, "255,226,122"), (45000, "91,120,199")]:
        put(here, "4ca7b5", lat=50.0, lon=6.0, category="B2", alt_baro=feet)
        assert look(here, "4ca7b5", 0)["colour"] == colour
    put(here, "4ca7b5", lat=50.0, lon=6.0, category="C2", on_ground=True)
    assert look(here, "4ca7b5", 0)["colour"] == "143,160,173"
    put(here, "4ca7b5", lat=50.0, lon=6.0, category="B2", alt_baro=0, squawk="7700")
    assert look(here, "4ca7b5", 5)["colour"] == "255,77,94"


def test_an_aircraft_fades_with_the_age_of_its_position_and_is_gone_after_a_minute(
    server: Server, window: Open
) -> None:
    here = start(server, window, {"lat": 50.0, "lon": 6.0, "zoom": 10.0})
    put(here, "4ca7b5", lat=50.0, lon=6.0, category="B2", alt_baro=0)
    light = [sum(map(int, look(here, "4ca7b5", age, floor=80)["colour"].split(","))) for age in (1, 20, 45)]
    assert light[0] > light[1] > light[2]
    assert look(here, "4ca7b5", 61, floor=80)["found"] == 0


def test_hidden_aircraft_are_not_drawn_and_selected_ones_have_a_ring(server: Server, window: Open) -> None:
    here = start(server, window, {"lat": 50.0, "lon": 6.0, "zoom": 10.0})
    put(here, "4ca7b5", lat=50.0, lon=6.0, category="B2", alt_baro=0)
    plain = look(here, "4ca7b5", 0)["found"]
    here.page.evaluate("() => { world.view.select('4ca7b5'); }")
    assert look(here, "4ca7b5", 0)["found"] > plain + 80
    here.page.evaluate("() => { world.view.select(null); world.fleet.shown[0] = 0; world.map.refilter(); }")
    assert look(here, "4ca7b5", 0)["found"] == 0


def test_the_world_far_out_shows_an_aircraft_in_each_copy_of_it(server: Server, window: Open) -> None:
    here = start(server, window, {"lat": 0.0, "lon": 0.0, "zoom": 0.5}, viewport={"width": 1600, "height": 480})
    put(here, "4ca7b5", lat=0.0, lon=-20.0, category="B2", alt_baro=0)
    script = """
    async () => {
      const { map } = world;
      const gl = map.gl.getCanvas().getContext("webgl2");
      return new Promise((done) => {
        map.gl.once("render", () => {
          const [width, height] = [gl.drawingBufferWidth, gl.drawingBufferHeight];
          const row = new Uint8Array(width * 4);
          gl.readPixels(0, Math.round(height / 2), width, 1, gl.RGBA, gl.UNSIGNED_BYTE, row);
          const found = [];
          for (let x = 0; x < width; x += 1) {
            const bright = row[x * 4] > 200 && row[x * 4 + 1] > 180;
            if (bright && (found.length === 0 || x - found[found.length - 1] > 20)) found.push(x);
          }
          done({ found, world: 512 * 2 ** map.gl.getZoom() * devicePixelRatio });
        });
        map.gl.triggerRepaint();
      });
    }
    """
    told = here.page.evaluate(script)
    assert len(told["found"]) in {2, 3}, told
    for one, other in zip(told["found"], told["found"][1:], strict=False):
        assert abs(other - one - told["world"]) < 3


def test_aircraft_come_back_after_the_graphics_driver_took_the_context(server: Server, window: Open) -> None:
    here = start(server, window, {"lat": 50.0, "lon": 6.0, "zoom": 10.0})
    here.expect("cannot be restored|WebGL|CONTEXT_LOST")
    put(here, "4ca7b5", lat=50.0, lon=6.0, category="B2", alt_baro=0)
    before = look(here, "4ca7b5", 0)
    here.page.evaluate(
        """() => {
          const gl = world.map.gl.getCanvas().getContext("webgl2");
          world.lose = gl.getExtension("WEBGL_lose_context");
          world.lose.loseContext();
        }"""
    )
    lost = "() => world.map.gl.getContainer().hasAttribute('data-lost')"
    here.until(lambda: here.page.evaluate(lost), "the loss is noticed")
    put(here, "4ca7b5", 1.0, lat=50.001, lon=6.0, category="B2", alt_baro=0)
    here.page.evaluate("() => { world.map.repaint(); world.view.set({ rings: true }); world.lose.restoreContext(); }")
    here.until(lambda: not here.page.evaluate(lost), "the context is back")
    here.until(lambda: here.page.evaluate("() => world.map.gl.getLayer('aircraft') !== undefined"), "the layer is back")
    here.until(lambda: look(here, "4ca7b5", 1.0)["colour"] == before["colour"], "it is drawn again")


def test_reduced_motion_steps_once_a_second(server: Server, window: Open) -> None:
    here = start(server, window, {"lat": 50.0, "lon": 6.0, "zoom": 12.0}, reduced_motion="reduce")
    put(here, "4ca7b5", lat=50.0, lon=6.0, track=90.0, **ROUND)
    places = [look(here, "4ca7b5", seconds)["x"] for seconds in (1.0, 1.4, 1.9, 2.0)]
    assert places[0] == places[1] == places[2]
    assert places[3] - places[2] > 10


def test_a_pointer_finds_what_it_points_at_and_a_click_selects_it(server: Server, window: Open) -> None:
    here = start(server, window, {"lat": 50.0, "lon": 6.0, "zoom": 9.0})
    put(here, "4ca7b5", lat=50.0, lon=6.0, flight="KLM12")
    here.until(lambda: here.page.evaluate("() => world.map.census.count") == 1, "it is counted")
    here.page.mouse.move(324, 243)
    hovered = "() => world.map.layer.instances.hovered"
    here.until(lambda: here.page.evaluate(hovered) == "4ca7b5", "it is hovered")
    here.page.mouse.click(324, 243)
    assert here.page.evaluate("() => world.view.state.selected") == ["4ca7b5"]
    here.page.mouse.move(100, 100)
    here.until(lambda: here.page.evaluate(hovered) is None, "nothing is hovered")
    here.page.mouse.click(100, 100)
    assert here.page.evaluate("() => world.view.state.selected") == []
    here.page.mouse.move(324, 243)
    here.page.mouse.down()
    here.page.mouse.move(400, 243, steps=4)
    here.page.mouse.up()
    assert here.page.evaluate("() => world.view.state.selected") == []


def test_following_keeps_a_flight_in_the_middle_until_the_map_is_dragged(server: Server, window: Open) -> None:
    here = start(server, window, {"lat": 50.0, "lon": 6.0, "zoom": 11.0}, reduced_motion="reduce")
    put(here, "4ca7b5", lat=50.0, lon=6.01, track=90.0, **ROUND)
    here.page.evaluate("() => { world.view.select('4ca7b5'); world.view.set({ follow: true }); }")
    here.page.evaluate("(at) => { world.now = at; }", NOW + 6)
    here.until(lambda: abs(look(here, "4ca7b5", 6)["computed"][0] - 320) < 1, "it is in the middle")
    put(here, "4ca7b5", 9.0, lat=50.02, lon=6.06, track=90.0, **ROUND)
    here.until(lambda: abs(look(here, "4ca7b5", 9)["computed"][1] - 240) < 1, "it stays in the middle")
    here.page.mouse.move(100, 100)
    here.page.mouse.down()
    here.page.mouse.move(220, 100, steps=5)
    here.page.mouse.up()
    assert here.page.evaluate("() => world.view.state.follow") is False


def test_measuring_draws_a_line_and_says_how_far_and_where_to(server: Server, window: Open) -> None:
    here = start(server, window, {"lat": 0.0, "lon": 0.0, "zoom": 9.0})
    here.page.evaluate("() => { world.said = []; world.map.measure((text) => world.said.push(text)); }")
    here.page.mouse.click(320, 240)
    here.page.mouse.move(420, 240, steps=3)
    here.until(lambda: here.page.evaluate("() => world.said.length") > 0, "it says something")
    distance, course = here.page.evaluate("() => world.said[world.said.length - 1]").split(" · ")
    assert abs(float(distance.removesuffix(" nm")) - 100 / (512 * 2**9) * 360 * 60) < 0.3
    assert course == "090°"
    drawn = "() => world.map.gl.querySourceFeatures('lines').length"
    here.until(lambda: here.page.evaluate(drawn) > 0, "a line is drawn")
