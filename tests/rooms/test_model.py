"""Every watcher ends with what the room holds, whatever happens to it on the way."""

from __future__ import annotations

import random
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from twisted.internet.task import Clock

from flighttap.aircraft.observation import Observation
from flighttap.hub import Hub
from flighttap.rooms.member import Wants
from flighttap.rooms.policy import Limits
from flighttap.rooms.tiles import area_covering
from flighttap.rooms.view import EVERYTHING, Scope
from flighttap.wire import pieces
from flighttap.wire.binary_v1 import BinaryV1
from flighttap.wire.json_v1 import JsonV1
from flighttap.wire.messages import read_flight
from tests.rooms.peers import FakePeer, Spec
from tests.rooms.truth import DETAILS, FIELDS, MOVING, PLACES, SCOPES, truth

ROOM = "ams"
Closer: TypeAlias = tuple[frozenset[str], frozenset[str] | None]
KEYS = st.sampled_from(["4ca7b5", "3c6444", "~a1b2c3", "flight:KLM1", "id:7"])
HZ = st.sampled_from([20.0, 5.0, 1.0, 0.2])
WHICH = st.integers(0, 3)
FLOATS = st.floats(0, 300).map(lambda x: round(x, 1))
OBSERVED = {
    "gs": FLOATS,
    "track": FLOATS,
    "alt_baro": st.integers(-2000, 60000),
    "alt_geom": st.integers(-2000, 60000),
    "baro_rate": st.integers(-12000, 12000),
    "on_ground": st.booleans(),
    "callsign": st.sampled_from(["KLM1", "RYR12AB"]),
    "ias": st.integers(0, 300),
}


SCOPE = st.sampled_from(SCOPES)
CLOSER = st.sampled_from([(detail, fields) for detail in DETAILS for fields in FIELDS])
LIMITS = Limits(tombstones=1, events=4)


class Rooms(RuleBasedStateMachine):
    """Four watchers of one room that is changed, stalled, cut, resumed and made anew."""

    encodings = (JsonV1.subprotocol,) * 4

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.epochs = 0
        self.sessions = 0
        self.peers: list[FakePeer | None] = [None] * 4
        self.left: dict[int, Any] = {}
        self.positions: dict[int, int] = {}
        self.part = pieces.PART
        pieces.PART = 120  # a record or two: messages in parts are the rule
        self.fresh_hub()

    def fresh_hub(self) -> None:
        self.hub = Hub(self.clock, LIMITS, self.new_epoch, self.clock.seconds)
        self.hub.start()
        self.feed = self.hub.add_feed(Spec(ROOM))

    def new_epoch(self) -> str:
        self.epochs += 1
        return f"e{self.epochs}"

    @initialize()
    def begin(self) -> None:
        self.connect(0, 5.0, EVERYTHING, (DETAILS[0], None))

    # The room

    @rule(
        key=KEYS,
        values=st.fixed_dictionaries({}, optional=OBSERVED),
        source=st.sampled_from(["adsb_icao", "mlat", "member"]),
    )
    def observed(self, key: str, values: dict[str, Any], source: str) -> None:
        self.feed.observe([Observation(key, self.clock.seconds(), source, values)])

    @rule(which=st.integers(0, 4), place=st.sampled_from(PLACES))
    def moved(self, which: int, place: tuple[float | None, float | None]) -> None:
        values: dict[str, Any] = {"lat": place[0], "lon": place[1]}
        self.feed.observe([Observation(MOVING[which], self.clock.seconds(), "member", values)])

    @rule(gs=st.integers(0, 900), lat=st.integers(-80, 80))
    def published(self, gs: int, lat: int) -> None:
        raw = b'{"id":"drone","gs":%d,"lat":%d,"lon":4}' % (gs, lat)
        self.hub.publish(ROOM, [read_flight(raw, LIMITS)], None)

    @rule(number=st.integers(0, 99))
    def said(self, number: int) -> None:
        self.hub.publish(ROOM, [read_flight(b'{"say":%d}' % number, LIMITS)], None)

    @rule(which=st.integers(0, 5))
    def removed(self, which: int) -> None:
        room = self.hub.rooms[ROOM]
        for key in list(room.aircraft)[which : which + 1]:
            room.remove(key, self.clock.seconds())
        self.hub.turns.changed(room)  # as the hub does when it lets flights expire

    @rule(seconds=st.sampled_from([0.0, 0.05, 0.3, 1.0, 6.0, 20.0, 70.0, 310.0]))
    def time_passes(self, seconds: float) -> None:
        self.clock.pump([min(seconds, 1.0)] * max(1, int(seconds)))

    @rule()
    def restarted(self) -> None:
        for which in range(4):
            self.cut(which, 0)
        self.hub.stop()
        self.fresh_hub()

    # The watchers

    @rule(which=WHICH, hz=HZ, scope=SCOPE, closer=CLOSER)
    def connect(self, which: int, hz: float, scope: Scope, closer: Closer) -> None:
        if self.peers[which] is not None:
            return
        scope = self.with_closer(which, scope, closer)
        self.sessions += 1
        peer = self.peers[which] = FakePeer(self.hub, ROOM, str(self.sessions))
        peer.replica = self.left.pop(which, peer.replica)
        hello = {"t": "hello", "session": str(self.sessions), "epoch": self.hub.rooms[ROOM].epoch}
        peer.replica.apply(hello)
        opening = peer.replica.opening({"hz": hz})
        wants = self.wants(which, peer, hz, scope)
        if opening["op"] == "watch":
            self.hub.seats.watch(peer.member, wants, scope)
        elif opening["epoch"] == self.hub.rooms[ROOM].epoch:
            area = area_covering(opening["covers"])
            assert area is not None
            held = scope._replace(area=area, detail=frozenset(opening.get("detailed", ())))
            seq = opening["seq"] if opening.get("filter") == scope.filter_id else None
            self.hub.seats.resume(peer.member, wants, seq, opening.get("eseq"), scope, held)
        else:
            self.hub.seats.resume(peer.member, wants, None, None, scope)

    @rule(which=WHICH, hz=HZ, scope=SCOPE, closer=CLOSER)
    def look_elsewhere(self, which: int, hz: float, scope: Scope, closer: Closer) -> None:
        peer = self.peers[which]
        if peer is not None:
            scope = self.with_closer(which, scope, closer)
            self.hub.seats.watch(peer.member, self.wants(which, peer, hz, scope), scope)

    @rule(which=WHICH, closer=CLOSER)
    def look_closer(self, which: int, closer: Closer) -> None:
        peer = self.peers[which]
        if peer is not None and peer.member.wants is not None:
            scope = self.with_closer(which, peer.member.scope, closer)
            self.hub.seats.watch(peer.member, peer.member.wants._replace(fields=scope.fields), scope)

    def with_closer(self, which: int, scope: Scope, closer: Closer) -> Scope:
        """A scope with the fields wanted, as the encoding has them: details of some flights, or a choice for all."""
        if self.encodings[which] == BinaryV1.subprotocol:
            return scope._replace(detail=closer[0], fields=None)
        return scope._replace(detail=frozenset(), fields=closer[1])

    def wants(self, which: int, peer: FakePeer, hz: float, scope: Scope) -> Wants:
        """What a wish for a rate comes to, and its answer."""
        given = self.hub.seats.pace(peer.member, hz)
        peer.tell({"t": "ok", "hz": given})
        return Wants(self.encodings[which], given, fields=scope.fields)

    @rule(which=WHICH, lags=st.integers(1, 3))
    def lag(self, which: int, lags: int) -> None:
        """Keep it from reading, through updates of which each finds the one before still there."""
        for _ in range(lags):
            self.stall(which)
            self.published(int(self.clock.seconds() * 10) % 900, which)
            self.time_passes(6.0)
            self.drain(which)

    @rule(which=WHICH)
    def stall(self, which: int) -> None:
        peer = self.peers[which]
        if peer is not None:
            peer.stalled = True

    @rule(which=WHICH)
    def drain(self, which: int) -> None:
        peer = self.peers[which]
        if peer is not None:
            peer.drain()

    @rule(which=WHICH)
    def read(self, which: int) -> None:
        self.take(which, None)

    @rule(which=WHICH, arrived=st.integers(0, 5))
    def cut(self, which: int, arrived: int) -> None:
        peer = self.peers[which]
        if peer is not None:
            self.take(which, arrived)
            self.hub.leave(peer.member)
            self.left[which] = peer.replica
            self.peers[which] = None

    def take(self, which: int, count: int | None) -> None:
        peer = self.peers[which]
        if peer is None:
            return
        replica = peer.replica
        before = (replica.epoch, replica.position or 0)
        filtered = replica.filter
        peer.read(count)
        # One that comes to a filtered view is brought to where that view is, which may be lower.
        if replica.epoch == before[0] and filtered is None and replica.filter is None:
            assert (replica.position or 0) >= before[1]

    def teardown(self) -> None:
        try:
            for peer in self.peers:
                if peer is not None:
                    peer.drain()
            room = self.hub.rooms[ROOM]
            # What expires meanwhile is a change like any other: wait until every lane has told all.
            for _ in range(600):
                self.clock.advance(0.1)
                if all(lane.due() is None for lane in room.lanes.values()):
                    break
            for which, peer in enumerate(self.peers):
                if peer is not None:
                    self.take(which, None)
                    assert peer.member.wants is not None
                    assert peer.replica.aircraft == truth(room, peer.member.wants, peer.member.scope)
                    assert peer.replica.eseq == room.events.eseq
                    assert peer.replica.hz == peer.member.wants.hz
        finally:
            pieces.PART = self.part
            self.hub.stop()


class BinaryRooms(Rooms):
    """The same with binary motion; one watcher beside them has it in JSON."""

    encodings = (*(BinaryV1.subprotocol,) * 3, JsonV1.subprotocol)


TestRooms = Rooms.TestCase
TestBinaryRooms = BinaryRooms.TestCase
TestRooms.settings = TestBinaryRooms.settings = settings(
    max_examples=60, stateful_step_count=50, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def some_values(choose: random.Random) -> dict[str, Any]:
    values: dict[str, Any] = {name: choose.randrange(99) / 10 for name in ("gs", "track") if choose.random() < 0.6}
    values |= {name: choose.randrange(-20, 90) * 10 for name in ("alt_geom", "baro_rate") if choose.random() < 0.2}
    if choose.random() < 0.1:
        values |= {"on_ground": choose.random() < 0.5, "callsign": choose.choice(["KLM1", "RYR12AB"])}
    return values


def walk(seed: int, kind: type[Rooms] = Rooms, steps: int = 250) -> None:
    """One long random life of the room: what short minimal examples seldom reach (a lag across the tombstone floor)."""
    choose = random.Random(seed)
    rooms = kind()
    rooms.begin()

    def closer() -> Closer:
        return choose.choice(DETAILS), choose.choice(FIELDS)

    keys = ["4ca7b5", "3c6444", "~a1b2c3", "flight:KLM1", "id:7"]
    acts = {
        lambda: rooms.observed(
            choose.choice(keys),
            some_values(choose),
            choose.choice(["adsb_icao", "mlat", "member"]),
        ): 30,
        lambda: rooms.published(choose.randrange(900), choose.randrange(80)): 5,
        lambda: rooms.said(choose.randrange(99)): 5,
        lambda: rooms.removed(choose.randrange(6)): 8,
        lambda: rooms.time_passes(choose.choice([0.0, 0.05, 0.3, 0.3, 1.0, 6.0])): 25,
        lambda: rooms.time_passes(choose.choice([20.0, 70.0, 310.0])): 0.3,
        lambda: rooms.restarted(): 0.5,
        lambda: rooms.moved(choose.randrange(5), choose.choice(PLACES)): 15,
        lambda: rooms.connect(
            choose.randrange(4), choose.choice([20.0, 5.0, 1.0, 0.2]), choose.choice(SCOPES), closer()
        ): 8,
        lambda: rooms.look_elsewhere(
            choose.randrange(4), choose.choice([20.0, 1.0]), choose.choice(SCOPES), closer()
        ): 6,
        lambda: rooms.look_closer(choose.randrange(4), closer()): 3,
        lambda: rooms.stall(choose.randrange(4)): 6,
        lambda: rooms.drain(choose.randrange(4)): 6,
        lambda: rooms.lag(choose.randrange(4), choose.randrange(1, 4)): 2,
        lambda: rooms.read(choose.randrange(4)): 6,
        lambda: rooms.cut(choose.randrange(4), choose.randrange(6)): 4,
    }
    try:
        for act in choose.choices(list(acts), list(acts.values()), k=steps):
            act()
    finally:
        rooms.teardown()


BOTH = pytest.mark.parametrize("kind", [Rooms, BinaryRooms])


@BOTH
def test_long_random_lives_end_in_the_truth(kind: type[Rooms]) -> None:
    for seed in range(150):
        walk(seed, kind)


@pytest.mark.nightly
@BOTH
def test_very_many_random_lives_end_in_the_truth(kind: type[Rooms]) -> None:
    for seed in range(150, 20_000):
        walk(seed, kind)
