"""What a flush tells each view of flights that come and go on the map."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from twisted.internet.task import Clock

from flighttap.aircraft.observation import Observation
from flighttap.hub import Hub
from flighttap.rooms.member import Wants
from flighttap.rooms.policy import Limits
from flighttap.rooms.tiles import area_of
from flighttap.rooms.view import Scope
from flighttap.wire.json_v1 import JsonV1
from tests.rooms.peers import FakePeer, Spec

ROOM = "x"
EAST, WEST, NORTH = (1.0, 4.0), (1.0, 1.0), (4.0, 1.0)
"""Places in three tiles."""


class Sky:
    """A room with a watcher over each of three tiles."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.hub = Hub(self.clock, Limits(), iter("abc").__next__, self.clock.seconds)
        self.feed = self.hub.add_feed(Spec(ROOM))
        self.peers = {place: self.watcher(place) for place in (EAST, WEST, NORTH)}

    def watcher(self, place: tuple[float, float]) -> FakePeer:
        peer = FakePeer(self.hub, ROOM, str(place))
        lat, lon = place
        self.hub.seats.watch(peer.member, Wants(JsonV1.subprotocol, 1.0), Scope(area_of(lon, lat, lon, lat)))
        peer.waiting.clear()
        return peer

    def put(self, *places: tuple[float, float]) -> None:
        """One flight, here and then there, between two flushes."""
        for lat, lon in places:
            said = {"lat": lat, "lon": lon}
            self.feed.observe([Observation("4ca7b5", self.clock.seconds(), "member", said)])

    def told(self, place: tuple[float, float]) -> list[Any]:
        """Which lists of updates the watcher over a place was told something in."""
        updates = [message for message in self.peers[place].received() if message["t"] == "update"]
        return [sorted(update.keys() & {"removed", "out", "full", "aircraft"}) for update in updates]

    def told_all(self) -> dict[tuple[float, float], list[Any]]:
        self.clock.advance(1.0)
        return {place: self.told(place) for place in self.peers}


@pytest.fixture
def sky() -> Iterator[Sky]:
    sky = Sky()
    yield sky
    sky.hub.stop()


def test_a_new_flight_is_told_of_only_where_it_is(sky: Sky) -> None:
    sky.put(WEST)
    assert sky.told_all() == {WEST: [["full"]], EAST: [], NORTH: []}


def test_one_that_moves_is_told_of_only_where_it_was_and_is(sky: Sky) -> None:
    sky.put(WEST)
    sky.told_all()
    sky.put(EAST)
    assert sky.told_all() == {WEST: [["out"]], EAST: [["full"]], NORTH: []}


def test_one_that_moves_on_at_once_goes_out_of_every_view_that_may_have_it(sky: Sky) -> None:
    sky.put(WEST)
    sky.told_all()
    sky.put(EAST, NORTH)
    assert sky.told_all() == {WEST: [["out"]], EAST: [["out"]], NORTH: [["full"]]}


def test_one_that_comes_back_elsewhere_goes_out_of_the_view_that_was_not_told_that_it_was_gone(sky: Sky) -> None:
    sky.put(WEST)
    sky.told_all()
    sky.hub.rooms[ROOM].remove("4ca7b5", sky.clock.seconds())
    sky.put(EAST)
    assert sky.told_all() == {WEST: [["out"]], EAST: [["full"]], NORTH: [["out"]]}
