"""The hub on a clock: when lanes are flushed, rooms forgotten, feeds woken."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from twisted.internet.task import Clock

from flighttap.aircraft.observation import Observation
from flighttap.errors import RoomFull
from flighttap.hub import Hub
from flighttap.rooms.member import Member, Wants
from flighttap.rooms.policy import Limits, RoomRules
from flighttap.rooms.tiles import area_of
from flighttap.rooms.view import Scope
from flighttap.wire.json_v1 import JsonV1
from flighttap.wire.messages import read_flight
from tests.rooms.peers import FakePeer, Spec


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hub(clock: Clock) -> Iterator[Hub]:
    hub = Hub(clock, Limits(aircraft=3), iter("abcdefgh").__next__, lambda: 1000.0 + clock.seconds())
    hub.start()
    yield hub
    hub.stop()
    assert not clock.getDelayedCalls()


def watching(hub: Hub, session: str, hz: float = 5.0, room: str = "x") -> FakePeer:
    peer = FakePeer(hub, room, session)
    hub.seats.watch(peer.member, Wants(JsonV1.subprotocol, hz))
    peer.waiting.clear()
    return peer


def heard(key: str, gs: float) -> Observation:
    return Observation(key, 0.0, "adsb_icao", {"gs": gs})


def test_the_first_change_goes_at_the_end_of_the_turn_and_the_next_when_the_rate_allows(hub: Hub, clock: Clock) -> None:
    feed = hub.add_feed(Spec("x"))
    peer = watching(hub, "1", hz=2.0)
    feed.observe([heard("a00001", 1.0)])
    feed.observe([heard("a00001", 2.0)])
    assert peer.received() == []
    clock.advance(0)
    (update,) = peer.received()
    assert update["full"][0]["gs"] == 2.0
    feed.observe([heard("a00001", 3.0)])
    clock.advance(0.4)
    assert peer.received() == []
    clock.advance(0.2)
    assert [row["gs"] for row in peer.received()[0]["aircraft"]] == [3.0]


def test_a_flight_says_which_member_sent_it_last_and_what_came_by_no_member_says_nothing(hub: Hub) -> None:
    ana, ben = (FakePeer(hub, "x", name).member for name in ("ana", "ben"))

    def publish(said: bytes, sender: Member | None) -> dict[str, Any]:
        hub.publish("x", [read_flight(said, Limits())], sender)
        return hub.snapshot_rows("x", 0.0)[-1]

    assert "by" not in publish(b'{"id":1,"by":"cben"}', None)
    assert publish(b'{"id":1,"by":"cben"}', ana)["by"] == ana.id
    assert publish(b'{"id":1,"gs":4}', ben)["by"] == ben.id
    assert "by" not in publish(b'{"id":1}', None)
    feed = hub.add_feed(Spec("x"))
    feed.observe([heard("a00001", 1.0)])
    assert "by" not in hub.snapshot_rows("x", 0.0)[-1]
    heard_too = publish(b'{"hex":"a00001","gs":4,"flight":"KLM1"}', ana)
    assert (heard_too["type"], heard_too["gs"], heard_too["by"]) == ("adsb_icao", 1.0, ana.id)
    assert ana.session not in map(str, heard_too.values())


def test_a_slow_lane_does_not_hold_up_a_fast_one_nor_an_event(hub: Hub, clock: Clock) -> None:
    feed = hub.add_feed(Spec("x"))
    slow, fast = watching(hub, "1", hz=0.2), watching(hub, "2", hz=20.0)
    feed.observe([heard("a00001", 1.0)])
    clock.advance(0)
    slow.waiting.clear()
    fast.waiting.clear()
    for step in range(10):
        feed.observe([heard("a00001", 2.0 + step)])
        clock.advance(0.1)
    assert len(fast.received()) == 10
    hub.publish("x", [read_flight(b'{"hi":1}', Limits())], None)
    clock.advance(0)
    assert [said["t"] for said in slow.received()] == ["event"]
    clock.advance(4.0)
    assert [said["aircraft"][0]["gs"] for said in slow.received()] == [11.0]


def test_members_of_a_lane_share_the_very_same_bytes(hub: Hub, clock: Clock) -> None:
    feed = hub.add_feed(Spec("x"))
    peers = [watching(hub, str(number)) for number in range(3)]
    seen: list[bytes] = []
    for peer in peers:
        peer.write = lambda data: seen.append(data) or True  # type: ignore[method-assign]
    feed.observe([heard("a00001", 1.0)])
    clock.advance(0)
    assert len(seen) == 3
    assert seen[0] is seen[1] is seen[2]


def test_a_thousand_joins_between_two_flushes_cost_one_encode(hub: Hub, clock: Clock) -> None:
    hub.add_feed(Spec("x")).observe([heard("a00001", 1.0)])
    first = FakePeer(hub, "x", "0")
    hub.seats.watch(first.member, Wants(JsonV1.subprotocol, 5.0))
    snapshot = hub.rooms["x"].snapshots[JsonV1().key]
    for number in range(1, 1000):
        hub.seats.watch(FakePeer(hub, "x", str(number)).member, Wants(JsonV1.subprotocol, 5.0))
    assert hub.rooms["x"].snapshots[JsonV1().key] is snapshot


def test_one_that_is_told_nothing_gets_a_heartbeat_with_its_position(hub: Hub, clock: Clock) -> None:
    hub.add_feed(Spec("x")).observe([heard("a00001", 1.0)])
    peer = watching(hub, "1")
    clock.pump([1.0] * 14)
    assert peer.received() == []
    clock.pump([1.0] * 2)
    assert peer.received() == [{"t": "heartbeat", "seq": 1, "eseq": 0, "now": 1015.0}]
    tutorial = FakePeer(hub, "x", "2")
    hub.seats.watch(tutorial.member, Wants("", 1.0))
    clock.pump([1.0] * 40)
    assert tutorial.received() == []


def test_a_lane_below_the_floor_starts_over_with_a_snapshot(clock: Clock) -> None:
    hub = Hub(clock, Limits(tombstones=1), lambda: "e", lambda: 0.0)
    hub.start()
    feed = hub.add_feed(Spec("x"))
    peer = watching(hub, "1", hz=0.2)
    feed.observe([heard("a00001", 1.0)])
    clock.advance(0)
    peer.waiting.clear()
    for number in range(2, 5):
        feed.observe([heard(f"a0000{number}", 1.0)])
        hub.rooms["x"].remove(f"a0000{number}", 0.0)
    clock.advance(5.0)
    (snapshot,) = peer.received()
    assert (snapshot["t"], [row["hex"] for row in snapshot["aircraft"]]) == ("snapshot", ["a00001"])
    hub.stop()


def test_one_that_missed_nothing_is_told_where_its_new_view_stands(hub: Hub, clock: Clock) -> None:
    """What changed elsewhere moves the lane on, not the watcher: its position must not be left behind."""

    def publish(said: bytes) -> None:
        hub.publish("x", [read_flight(said, Limits())], None)
        clock.advance(1.0)

    here = Scope(area_of(3, 51, 6, 53))
    publish(b'{"id":"far","lat":-50,"lon":4,"alt":0}')
    peer = FakePeer(hub, "x", "1")
    peer.replica.apply({"t": "hello", "session": "1", "epoch": "a"})
    hub.seats.watch(peer.member, Wants(JsonV1.subprotocol, 5.0), here)
    publish(b'{"id":"far","lat":-50,"lon":4,"alt":1}')
    hub.seats.watch(peer.member, Wants(JsonV1.subprotocol, 20.0), here)
    publish(b'{"id":"near","lat":52,"lon":4}')
    peer.read()
    assert list(peer.replica.aircraft) == ["id:near"]


def test_an_empty_room_is_forgotten_and_made_anew_with_another_epoch(hub: Hub, clock: Clock) -> None:
    peer = watching(hub, "1", room="y")
    epoch = hub.rooms["y"].epoch
    clock.pump([1.0] * 400)
    assert "y" in hub.rooms
    hub.leave(peer.member)
    clock.pump([1.0] * 299)
    assert "y" in hub.rooms
    clock.pump([1.0] * 3)
    assert "y" not in hub.rooms
    assert hub.enter("y").epoch != epoch


def test_declared_and_fed_rooms_stay(hub: Hub, clock: Clock) -> None:
    hub.declare("club", RoomRules(listed=False))
    hub.add_feed(Spec("x"))
    hub.enter("y")
    clock.pump([1.0] * 700)
    assert set(hub.rooms) == {"club", "x"}
    assert hub.listed() == ["x"]


def test_looking_at_a_room_does_not_make_it(hub: Hub) -> None:
    assert hub.describe("y") is None
    assert not hub.rooms


def test_a_room_that_is_full_refuses_a_publish_whole_and_drops_what_feeds_bring(hub: Hub) -> None:
    feed = hub.add_feed(Spec("x"))
    feed.observe([heard(f"a0000{number}", 1.0) for number in range(2)])
    flights = [read_flight(b'{"id":%d}' % number, Limits()) for number in range(2)]
    with pytest.raises(RoomFull):
        hub.publish("x", flights, None)
    assert len(hub.rooms["x"].aircraft) == 2
    feed.observe([heard(f"b0000{number}", 1.0) for number in range(3)])
    assert (len(hub.rooms["x"].aircraft), hub.rooms["x"].turned_away) == (3, 4)
    about: Any = hub.describe("x")
    assert about["turned_away"] == 4


def test_a_feed_on_demand_starts_with_the_first_watcher_and_sleeps_after_the_last(hub: Hub, clock: Clock) -> None:
    feed = hub.add_feed(Spec("x"))
    calls: list[str] = []
    feed.on_demand(lambda: calls.append("start"), lambda: calls.append("stop"), linger=10.0)
    clock.pump([1.0] * 20)
    assert calls == []
    peer = watching(hub, "1")
    assert calls == ["start"]
    clock.pump([1.0] * 20)
    hub.leave(peer.member)
    clock.pump([1.0] * 8)
    again = watching(hub, "2")
    clock.pump([1.0] * 30)
    assert calls == ["start"]
    hub.leave(again.member)
    clock.pump([1.0] * 12)
    assert calls == ["start", "stop"]
    watching(hub, "3")
    assert calls == ["start", "stop", "start"]


def test_a_room_says_what_it_holds_and_who_feeds_it(hub: Hub, clock: Clock) -> None:
    feed = hub.add_feed(Spec("x", receiver=(52.123456, 4.98765)))
    feed.state_changed("up")
    feed.observe([Observation("a00001", 0.0, "adsb_icao", {"lat": 52.0, "lon": 4.0}), heard("a00002", 1.0)])
    watching(hub, "1")
    clock.pump([1.0])
    about: Any = hub.describe("x")
    assert json.loads(json.dumps(about)) == about
    assert {name: about[name] for name in ("room", "epoch", "aircraft", "with_position", "watchers")} == {
        "room": "x", "epoch": "a", "aircraft": 2, "with_position": 1, "watchers": 1,
    }  # fmt: skip
    (told,) = about["feeds"]
    assert (told["name"], told["state"], told["messages"], told["messages_per_s"]) == ("feed", "up", 2, 2.0)
    assert told["receiver"] == [52.12, 4.99]
    with pytest.raises(ValueError, match="no such feed state"):
        feed.state_changed("sleepy")


def test_a_flush_that_fails_is_logged_and_stops_nobody_else(hub: Hub, clock: Clock, logged_failures: Any) -> None:
    broken, well = hub.add_feed(Spec("x")), hub.add_feed(Spec("y"))
    bad = watching(hub, "1", room="x")
    peer = watching(hub, "2", room="y")

    def fails(data: bytes) -> bool:
        raise ZeroDivisionError

    bad.write = fails  # type: ignore[method-assign]
    broken.observe([heard("a00001", 1.0)])
    well.observe([heard("a00001", 1.0)])
    clock.advance(0)
    assert len(peer.received()) == 1
    assert len(logged_failures.flush(ZeroDivisionError)) == 1


def test_one_that_wants_no_echo_gets_what_others_sent_in_the_same_turn(hub: Hub, clock: Clock) -> None:
    quiet, other = (FakePeer(hub, "x", session, echo=echo) for session, echo in (("1", False), ("2", True)))
    for peer in (quiet, other):
        hub.seats.watch(peer.member, Wants("", 1.0))
    for number, sender in enumerate([quiet, other, quiet, other, None]):
        hub.publish("x", [read_flight(b'{"n":%d}' % number, hub.limits)], sender and sender.member)
    clock.advance(0)
    assert [said["data"]["n"] for said in quiet.received()] == [1, 3, 4]
    assert [said["data"]["n"] for said in other.received()] == [0, 1, 2, 3, 4]
    assert (quiet.writes, other.writes) == (1, 1)


def test_a_hub_that_stops_within_a_turn_leaves_no_timer(hub: Hub, clock: Clock) -> None:
    peer = watching(hub, "1")
    hub.publish("x", [read_flight(b'{"id":1}', hub.limits)], None)
    hub.stop()
    assert not clock.getDelayedCalls()
    assert peer.received() == []
