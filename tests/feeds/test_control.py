"""How airliners of the simulated sky are kept apart."""

from __future__ import annotations

from random import Random

from flighttap.feeds.sky.control import separate
from flighttap.feeds.sky.fleet import Registry
from flighttap.feeds.sky.motion import Body, Point
from flighttap.feeds.sky.places import Place, bearing, distance, offset


def flying(start: Place, end: Place, alt: float, gs: float, alt_there: float | None = None) -> Body:
    plan = [Point(*start, alt, gs), Point(*end, alt if alt_there is None else alt_there, gs)]
    identity = Registry(Random(1)).enlist("airline", ["A320"])
    return Body(identity, plan, bearing(start, end), on_ground=False, elevation=0)


def fly(*bodies: Body, seconds: int) -> float:
    """Fly under control; the nearest they came while within 800 ft of each other, miles."""
    nearest = 999.0
    for second in range(seconds):
        if second % 4 == 0:
            separate(bodies)
        for body in bodies:
            body.step(float(second), 1.0)
        one, other = bodies
        if abs(one.alt - other.alt) < 800:
            nearest = min(nearest, distance(one.place, other.place))
    return nearest


def test_two_that_would_meet_at_one_level_get_different_ones() -> None:
    west, east = (51.0, 3.0), (51.0, 5.0)
    one, other = flying(west, east, 36000, 440), flying(east, west, 36000, 440)
    assert fly(one, other, seconds=500) > 1
    assert {one.alt, other.alt} == {36000, 35000}


def test_two_that_fly_apart_keep_their_level() -> None:
    middle = (51.0, 4.0)
    one = flying(offset(middle, 270, 2), (51.0, 2.0), 36000, 440)
    other = flying(offset(middle, 90, 2), (51.0, 6.0), 36000, 440)
    fly(one, other, seconds=60)
    assert one.alt == other.alt == 36000


def test_who_follows_too_closely_is_slowed_down_and_nobody_else() -> None:
    threshold = (51.0, 4.0)
    ahead = flying(offset(threshold, 90, 6), threshold, 2000, 160)
    behind = flying(offset(threshold, 90, 8), threshold, 2300, 200)
    fly(ahead, behind, seconds=60)
    assert ahead.gs == 160
    assert behind.gs == 140


def test_spacing_regained_speed_is_free_again() -> None:
    threshold = (51.0, 4.0)
    ahead = flying(offset(threshold, 90, 10), threshold, 3000, 200)
    behind = flying(offset(threshold, 90, 13.8), threshold, 3300, 200)
    fly(ahead, behind, seconds=120)
    assert behind.gs == 200
    assert distance(ahead.place, behind.place) > 4
