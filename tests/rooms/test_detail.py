"""Every field of a few flights beside the motion of all: what comes when, and what of it stays true."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.task import Clock

from flighttap.aircraft.observation import Observation
from flighttap.client.replica import Replica
from flighttap.hub import Hub
from flighttap.rooms.feed import Feed
from flighttap.rooms.member import Wants
from flighttap.rooms.policy import Limits
from flighttap.rooms.tiles import area_of
from flighttap.rooms.view import Scope
from flighttap.wire.binary_v1 import BinaryV1
from tests.rooms.peers import Binary, FakePeer, Spec

VECTORS = json.loads((Path(__file__).parent.parent / "data" / "detail_vectors.json").read_text())
A, B = "4ca7b5", "3c6444"
HERE, THERE = area_of(3, 50, 7, 53), area_of(140, -40, 150, -30)
BIN = Wants(BinaryV1.subprotocol, 5)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hub(clock: Clock) -> Iterator[Hub]:
    hub = Hub(clock, Limits(), lambda: "e1", lambda: 1000.0 + clock.seconds())
    hub.start()
    yield hub
    hub.stop()


@pytest.fixture
def feed(hub: Hub) -> Feed:
    feed = hub.add_feed(Spec("x"))
    heard(feed, A, lat=52.0, lon=4.0, alt_baro=36012, alt_geom=36500, gs=447.2, ias=280, callsign="RYR12AB")
    heard(feed, B, lat=52.1, lon=4.0, alt_baro=1010, mach=0.4)
    return feed


def heard(feed: Feed, key: str, **values: Any) -> None:
    feed.observe([Observation(key, 0.0, "adsb_icao", values)])


def watching(hub: Hub, session: str, *keys: str, scope: Scope = Scope()) -> FakePeer:  # noqa: B008 - immutable
    peer = FakePeer(hub, "x", session)
    peer.replica.apply({"t": "hello", "session": session, "epoch": "e1"})
    look(hub, peer, *keys, scope=scope)
    peer.read()
    return peer


def look(hub: Hub, peer: FakePeer, *keys: str, scope: Scope = Scope()) -> None:  # noqa: B008 - immutable
    hub.seats.watch(peer.member, BIN, scope._replace(detail=frozenset(keys)))


def whole(hub: Hub, key: str) -> dict[str, Any]:
    """All that the room knows of a flight."""
    cells = hub.rooms["x"].aircraft[key].cells.values()
    return {"hex": key} | {cell.wire: cell.value for cell in cells if cell.value is not None}


def test_a_flight_in_detail_comes_with_every_field_as_it_is_and_the_others_do_not(
    hub: Hub, feed: Feed, clock: Clock
) -> None:
    peer = watching(hub, "1", A)
    held = peer.replica.aircraft
    assert held[A] == whole(hub, A)
    assert (held[A]["alt_baro"], held[A]["alt_geom"], held[A]["ias"]) == (36012, 36500, 280)
    assert (held[B]["alt_baro"], "mach" in held[B]) == (1000, False)
    clock.advance(1.0)
    heard(feed, A, ias=290, alt_baro=36037)
    heard(feed, B, gs=90.0, mach=0.41)
    clock.advance(0)
    text, binary = peer.waiting
    assert json.loads(text).keys() == {"t", "base", "seq", "now", "more", "detail"}
    assert isinstance(binary, Binary)
    peer.read()
    assert peer.replica.aircraft[A] == whole(hub, A)
    assert peer.replica.aircraft[B] == {
        "hex": B, "country": "DE", "type": "adsb_icao", "lat": 52.1, "lon": 4.0, "alt_baro": 1000, "gs": 90.0
    }  # fmt: skip


def test_one_that_is_chosen_no_more_is_told_as_all_others_are(hub: Hub, feed: Feed, clock: Clock) -> None:
    peer, plain = watching(hub, "1", A, B), watching(hub, "2")
    look(hub, peer, B)
    peer.read()
    assert peer.replica.aircraft[A] == plain.replica.aircraft[A]
    assert peer.replica.aircraft[B] == whole(hub, B)
    heard(feed, A, ias=295)
    clock.advance(0)
    assert [type(each) for each in peer.waiting] == [Binary]


def test_one_that_is_not_there_is_waited_for_in_silence(hub: Hub, feed: Feed, clock: Clock) -> None:
    peer = watching(hub, "1", "a00001")
    assert "a00001" not in peer.replica.aircraft
    heard(feed, "a00001", ias=100)
    clock.advance(0)
    peer.read()
    assert peer.replica.aircraft["a00001"] == whole(hub, "a00001")
    hub.rooms["x"].remove("a00001", clock.seconds())
    clock.advance(1.0)
    heard(feed, "a00001", ias=101)
    clock.advance(1.0)
    peer.read()
    assert peer.replica.aircraft["a00001"] == whole(hub, "a00001")


def test_a_map_that_moves_to_it_shows_it_whole_although_nothing_changed(hub: Hub, feed: Feed, clock: Clock) -> None:
    peer = watching(hub, "1", A, scope=Scope(THERE))
    assert (A in peer.replica.aircraft, peer.replica.detailed) == (False, set())
    look(hub, peer, A, scope=Scope(HERE))
    peer.read()
    assert peer.replica.aircraft[A] == whole(hub, A)
    look(hub, peer, A, scope=Scope(THERE))
    peer.read()
    assert (A in peer.replica.aircraft, peer.replica.detailed) == (False, set())


def test_a_snapshot_that_others_had_before_it_came_is_followed_by_all_of_it(hub: Hub, feed: Feed, clock: Clock) -> None:
    first = watching(hub, "1", scope=Scope(THERE))
    heard(feed, "c00001", lat=-33.9, lon=146.0, ias=7)
    second = watching(hub, "2", "c00001", scope=Scope(THERE))
    assert "c00001" not in first.replica.aircraft, "it is older than the flight"
    assert second.replica.aircraft["c00001"] == whole(hub, "c00001")


def test_what_was_cut_off_is_resumed_with_its_details(hub: Hub, feed: Feed, clock: Clock) -> None:
    for now, kept in (({A}, {B}), ({B}, {A}), (set[str](), {A, B})):
        peer = watching(hub, "1", A)
        hub.leave(peer.member)
        heard(feed, A, ias=int(clock.seconds()) + 1, track=float(len(now)))
        heard(feed, B, ias=int(clock.seconds()) + 2)
        opening = peer.replica.opening({})
        assert opening["detailed"] == [A]
        again = FakePeer(hub, "x", "2")
        again.replica = peer.replica
        again.replica.apply({"t": "hello", "session": "2", "epoch": "e1"})
        held = Scope(detail=frozenset(opening["detailed"]))
        hub.seats.resume(again.member, BIN, opening["seq"], None, Scope(detail=frozenset(now)), held)
        again.read()
        other = watching(hub, "3")
        clock.advance(1.0)
        other.read()
        plain = other.replica.aircraft
        assert again.replica.recovered
        assert again.replica.aircraft == {key: whole(hub, key) for key in now} | {key: plain[key] for key in kept}
        hub.leave(again.member)
        clock.advance(1.0)


def test_a_cut_between_the_parts_leaves_what_was_held(hub: Hub, feed: Feed, clock: Clock) -> None:
    peer = watching(hub, "1", A)
    before = dict(peer.replica.aircraft[A])
    heard(feed, A, ias=1)
    clock.advance(0)
    peer.read(1)
    assert (peer.replica.aircraft[A], peer.replica.position) == (before, 2)


def test_members_of_a_view_share_all_but_the_details(hub: Hub, feed: Feed, clock: Clock) -> None:
    peers = [watching(hub, str(number), *keys) for number, keys in enumerate(((), (A,), (A,), (B,)))]
    (lane,) = hub.rooms["x"].lanes.values()
    assert len(set(map(id, lane.members.values()))) == 1
    written: list[list[bytes]] = [[] for _ in peers]
    for peer, mine in zip(peers, written, strict=True):
        peer.write = lambda data, mine=mine: mine.append(data) or True  # type: ignore[method-assign]
    heard(feed, A, ias=1)
    heard(feed, B, gs=90.0)
    clock.advance(0)
    assert [len(each) for each in written] == [1] * 4
    (plain,), (first,), (second,), (other,) = written
    assert first is second
    assert first.endswith(plain)
    assert other.endswith(plain)
    assert other != first


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_the_vectors_come_to_the_records_that_they_say(vector: dict[str, Any]) -> None:
    replica = Replica()
    for step in vector["steps"]:
        for said in step["messages"]:
            if isinstance(said, str):
                replica.apply_binary(bytes.fromhex(said))
            else:
                replica.apply(said)
        assert replica.aircraft == step["aircraft"]
        assert sorted(replica.detailed) == step["detailed"]
