"""Watchers that join a room while everything in it changes, on a clock and without sockets.

``python -m tests.rooms.joins FIRST COUNT`` makes so many trials, each from a seed of its own. It fails with the first
that does not end in the truth, and else says how many did.
"""

from __future__ import annotations

import random
import sys
from typing import Any

from twisted.internet.task import Clock

from flighttap.aircraft.observation import Observation
from flighttap.hub import Hub
from flighttap.rooms.member import Wants
from flighttap.rooms.policy import Limits
from flighttap.rooms.view import Scope
from flighttap.wire import pieces
from flighttap.wire.binary_v1 import BinaryV1
from flighttap.wire.json_v1 import JsonV1
from tests.rooms.peers import FakePeer, Spec
from tests.rooms.truth import AREAS, DETAILS, FIELDS, Even, truth

__all__ = ["trial"]

ROOM = "ams"
KEYS = ["4ca7b5", "~a1b2c3", "3c6444", "id:1", "id:2", *(f"{number:06x}" for number in range(16))]
PLACES = [(50.7, 0.5), (50.7, 4.0), (52.0, 4.0), (0.0, 179.0), (0.0, -179.0), (-60.0, 60.0), (None, None)]


class SlowPeer(FakePeer):
    """Takes some writes and is full then, until it drains."""

    takes = 0

    def write(self, data: bytes) -> bool:
        self.takes -= 1
        self.stalled = self.takes <= 0
        return super().write(data)

    def drain_for(self, takes: int) -> None:
        """Have room for so many writes more."""
        self.takes = takes
        self.drain()


class Trial:
    """A room under heavy churn; ``newcomers`` join on the way."""

    def __init__(self, seed: int) -> None:
        self.choose = random.Random(seed)
        self.clock = Clock()
        self.hub = Hub(self.clock, Limits(tombstones=self.choose.choice([2, 100])), lambda: "e", self.clock.seconds)
        self.hub.start()
        self.feed = self.hub.add_feed(Spec(ROOM))
        self.peers: list[SlowPeer] = []

    def join(self) -> None:
        """One more watcher, of any kind; few read as fast as they are written to."""
        choose, hub = self.choose, self.hub
        peer = SlowPeer(hub, ROOM, str(len(self.peers)))
        peer.takes = choose.choice([1, 1, 2, 5, 1000])
        peer.replica.apply({"t": "hello", "session": "s", "epoch": "e"})
        encoding = choose.choice([JsonV1.subprotocol, BinaryV1.subprotocol])
        detail = choose.choice(DETAILS) if encoding == BinaryV1.subprotocol else frozenset[str]()
        fields = choose.choice(FIELDS) if encoding == JsonV1.subprotocol else None
        scope = Scope(choose.choice(AREAS), choose.choice([None, None, Even()]), detail, fields)
        wants = Wants(encoding, hub.seats.pace(peer.member, choose.choice([20, 5, 1, 0.2])), fields=fields)
        hub.seats.watch(peer.member, wants, scope)
        self.peers.append(peer)

    def churn(self) -> None:
        """One turn of the reactor in which a great part of the room changes."""
        choose, room = self.choose, self.hub.rooms[ROOM]
        now = self.clock.seconds()
        said = []
        for _ in range(choose.randrange(5, 15)):
            values: dict[str, Any] = {"gs": choose.randrange(900) / 10}
            if choose.random() < 0.6:
                values["lat"], values["lon"] = choose.choice(PLACES)
            if choose.random() < 0.2:
                values |= {"ias": choose.randrange(200), "callsign": choose.choice(["KLM1", "RYR2"])}
            said.append(Observation(choose.choice(KEYS), now, "member", values))
        self.feed.observe(said)
        for key in choose.sample(KEYS, choose.randrange(4)):
            room.remove(key, now)
        self.hub.turns.changed(room)  # as the hub does when it lets flights expire
        self.clock.advance(choose.choice([0, 0, 0.01, 0.06, 0.3, 1.1]))
        for peer in self.peers:
            if peer.member.full and choose.random() < 0.5:
                peer.drain_for(choose.choice([1, 1, 2, 5, 1000]))

    def settle(self) -> None:
        """Nothing changes any more and everybody reads."""
        for peer in self.peers:
            peer.drain_for(1_000_000)
        room = self.hub.rooms[ROOM]
        while any(lane.due() is not None for lane in room.lanes.values()):
            self.clock.advance(0.1)

    def check(self) -> None:
        """Everybody holds what the room holds."""
        room = self.hub.rooms[ROOM]
        for peer in self.peers:
            peer.read()
            assert peer.member.wants is not None
            assert peer.replica.aircraft == truth(room, peer.member.wants, peer.member.scope)


def trial(seed: int) -> None:
    """Let a few watchers join while others are there, go on for a while, and hold each against the truth."""
    whole_part, pieces.PART = pieces.PART, 120  # a record or two: messages in parts are the rule
    made = Trial(seed)
    choose = made.choose
    try:
        for turn in range(8):
            made.churn()
            if turn in (2, 4) or choose.random() < 0.2:
                made.join()
        made.settle()
        made.check()
    finally:
        pieces.PART = whole_part
        made.hub.stop()


def main(first: int, count: int) -> None:
    """So many trials, from this seed on."""
    for seed in range(first, first + count):
        try:
            trial(seed)
        except BaseException:
            print(f"seed {seed}", file=sys.stderr)
            raise
    print(count)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
