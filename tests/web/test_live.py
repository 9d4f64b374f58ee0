"""The keeper of bodies that change all the time, on a stopwatch that a test turns."""

from __future__ import annotations

from collections.abc import Callable

from flighttap.web.answers import Representation
from flighttap.web.api import KEPT_BYTES, LARGE, REUSE, Live


class Watch:
    """A stopwatch that a test turns."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def maker(watch: Watch, cost: float, size: int) -> Callable[[], Representation]:
    def make() -> Representation:
        watch.now += cost
        return Representation(bytes(size), b"x", "t", 0)

    return make


def test_a_small_body_is_always_of_the_moment() -> None:
    watch = Watch()
    live = Live(watch)
    make = maker(watch, 1.0, LARGE - 1)
    first = live.get(("r", "json"), 1, make)
    assert live.get(("r", "json"), 1, make) is first
    assert live.get(("r", "json"), 2, make) is not first


def test_a_large_body_serves_in_proportion_to_its_cost() -> None:
    watch = Watch()
    live = Live(watch)
    make = maker(watch, 0.1, LARGE)
    first = live.get(("r", "json"), 1, make)
    watch.now += 0.1 * REUSE * 0.99
    assert live.get(("r", "json"), 2, make) is first
    watch.now += 0.1 * REUSE * 0.02
    assert live.get(("r", "json"), 2, make) is not first


def test_an_unchanged_body_is_made_anew_when_the_ages_in_it_are_old() -> None:
    watch = Watch()
    live = Live(watch)
    make = maker(watch, 0.0, 10)
    first = live.get(("r", "json"), 1, make)
    watch.now += 0.9
    assert live.get(("r", "json"), 1, make) is first
    watch.now += 0.2
    assert live.get(("r", "json"), 1, make) is not first


def test_bodies_kept_are_bounded_in_bytes_and_go_when_forgotten() -> None:
    watch = Watch()
    live = Live(watch)
    make = maker(watch, 0.0, KEPT_BYTES // 4)
    for number in range(20):
        live.get((f"r{number}", "json"), 1, make)
    assert live._bytes == sum(len(kept.representation.plain) for kept in live._kept.values()) <= KEPT_BYTES
    live.forget("r19")
    assert ("r19", "json") not in live._kept
    assert live._bytes == sum(len(kept.representation.plain) for kept in live._kept.values())
