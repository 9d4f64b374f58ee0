"""The simulated sky as a feed: how it starts, keeps time, sleeps and wakes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from twisted.internet.task import Clock

from flighttap.aircraft.fields import BY_NAME
from flighttap.aircraft.observation import SOURCES
from flighttap.feeds import make_feed
from flighttap.feeds.simulator import TURN
from flighttap.feeds.spec import parse_feed
from tests.feeds.fakes import FakeSink


class CountingClock(Clock):
    """Counts turns; each look at it takes as long as the test says."""

    look = 0.0
    turns = 0

    def seconds(self) -> float:
        self.rightNow += self.look
        return float(self.rightNow)

    def callLater(self, delay: float, callable: Any, *args: object, **kw: object) -> Any:
        self.turns += 1
        return super().callLater(delay, callable, *args, **kw)


class Show:
    def __init__(self, options: str) -> None:
        self.clock = CountingClock()
        self.clock.rightNow = 5000.0
        self.sink = FakeSink()
        self.service = make_feed(parse_feed(f"demo=simulator?{options}"), self.sink, self.clock)

    def begin(self) -> None:
        self.service.startService()
        self.clock.advance(0)

    def pass_time(self, seconds: float, step: float = 0.1) -> None:
        for _ in range(round(seconds / step)):
            self.clock.advance(step)

    def positions(self) -> dict[str, tuple[float, float]]:
        """The last position of each aircraft."""
        return {each.key: (each.values["lat"], each.values["lon"]) for each in self.sink.heard if "lat" in each.values}


@pytest.fixture
def show() -> Iterator[Show]:
    made = Show("aircraft=25&seed=4")
    yield made
    if made.service.running:
        made.service.stopService()
    assert not made.clock.getDelayedCalls()


def test_more_than_a_hundred_have_a_position_after_two_seconds() -> None:
    show = Show("aircraft=200")
    show.begin()
    assert show.sink.states == ["up"]
    show.pass_time(2)
    assert len(show.positions()) > 190
    show.service.stopService()


def test_filling_the_sky_never_holds_the_reactor() -> None:
    show = Show("aircraft=60")
    show.clock.look = 0.001  # each aircraft takes a millisecond
    show.begin()
    assert show.clock.turns >= 60 / (TURN / 0.001 + 2)
    show.service.stopService()


def test_what_is_observed_fits_the_table_of_fields(show: Show) -> None:
    show.begin()
    show.pass_time(15)
    names = set()
    for observation in show.sink.heard:
        assert observation.source in SOURCES
        assert observation.rssi is not None
        assert -50 < observation.rssi < 0
        names |= observation.values.keys()
        for name, value in observation.values.items():
            field = BY_NAME[name]
            assert isinstance(value, field.kind)
            if field.kind in (int, float):
                assert field.low <= value <= field.high
    assert {"lat", "lon", "alt_baro", "alt_geom", "gs", "track", "baro_rate", "callsign", "squawk"} <= names
    assert {"category", "emergency", "on_ground", "nic", "nac_p", "sil", "version"} <= names
    assert {"registration", "type_code", "description"} <= names
    assert show.sink.stats["messages"] == len(show.sink.heard)
    assert show.sink.bytes_in > 14 * 15 * 25


def test_feed_time_is_the_clocks_and_rises_evenly(show: Show) -> None:
    show.begin()
    show.pass_time(5)
    ats = [observation.at for observation in show.sink.heard]
    assert ats == sorted(ats)
    assert 5000 < ats[0] <= 5000.2
    assert ats[-1] == pytest.approx(5005, abs=0.2)
    per_slot = [sum(1 for at in ats if 5002 + slot / 10 - 0.01 < at < 5002 + slot / 10 + 0.09) for slot in range(10)]
    assert max(per_slot) <= 5 * (min(per_slot) + 1)


def test_speed_makes_time_pass_faster_and_feed_time_with_it() -> None:
    show = Show("aircraft=10&speed=5")
    show.begin()
    show.pass_time(4)
    assert show.sink.heard[-1].at == pytest.approx(5020, abs=0.6)
    show.service.stopService()


def test_after_a_pause_of_the_reactor_it_does_not_race_to_catch_up(show: Show) -> None:
    show.begin()
    show.pass_time(2)
    before = len(show.sink.heard)
    show.clock.advance(600)
    assert len(show.sink.heard) - before < 25 * 10
    show.pass_time(1)
    assert len(show.sink.heard) - before > 25


def test_asleep_it_does_nothing(show: Show) -> None:
    show.begin()
    show.pass_time(3)
    show.service.stopService()
    assert show.sink.state == "asleep"
    assert not show.clock.getDelayedCalls()


def test_stopped_while_it_is_being_filled_it_goes_on_later(show: Show) -> None:
    show.clock.look = 0.001
    show.service.startService()
    show.service.stopService()
    show.begin()
    show.clock.look = 0.0
    show.pass_time(3)
    assert len(show.positions()) > 20


def test_woken_soon_it_goes_on_where_it_was(show: Show) -> None:
    show.begin()
    show.pass_time(10)
    before = show.positions()
    show.service.stopService()
    show.clock.advance(200)
    heard = len(show.sink.heard)
    show.begin()
    show.pass_time(2)
    assert show.sink.heard[heard].at >= 5210
    after = show.positions()
    assert before.keys() == after.keys()
    assert all(abs(after[key][0] - before[key][0]) < 0.02 for key in before)


def test_woken_late_it_is_a_new_sky_that_looks_like_the_first(show: Show) -> None:
    show.begin()
    show.pass_time(2)
    first = [(each.key, each.values) for each in show.sink.heard]
    messages = show.sink.stats["messages"]
    show.service.stopService()
    show.clock.advance(3600)
    show.sink.heard.clear()
    show.begin()
    show.pass_time(2)
    assert [(each.key, each.values) for each in show.sink.heard] == first
    assert show.sink.stats["messages"] == 2 * messages
