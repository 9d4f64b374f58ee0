"""What one connection, one room or one address may take of everybody's: rates, and shares of the processor."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from flighttap.rooms.policy import Limits
from flighttap.web.answers import Node
from flighttap.web.hardening import WORK_BURST, HardenedSite
from tests.fuzz.world import Stranger, World
from tests.rooms.peers import frames
from tests.web.support import head, parse
from tests.ws.support import V1, masked


def codes(stranger: Stranger, skip: int) -> list[str]:
    """Of the errors that it was told, behind the first ``skip`` bytes."""
    told = [json.loads(payload) for payload in frames(stranger.said()[skip:])]
    return [each["error"]["code"] if "error" in each else each["code"] for each in told if "data" not in each]


def member(world: World, encoding: str = "") -> tuple[Stranger, int]:
    stranger = Stranger(world)
    stranger.upgrade(encoding)
    if encoding:
        stranger.send(masked(b'{"op":"ping"}'))
    return stranger, len(stranger.said())


def test_a_room_takes_so_much_from_all_together_holds_them_back_and_blames_nobody() -> None:
    world = World(Limits(publish_rate=0, room_rate=10, bad_messages=2))
    (ana, skip), (ben, ben_skip) = member(world), member(world)
    ana.send(masked(b'{"id":1}') * 20)
    assert ana.wire.producerState == "producing"
    ben.send(masked(b'{"id":2}'))
    assert ben.wire.producerState == "paused"
    ana.send(masked(b'{"id":1}') * 100)
    assert ana.wire.producerState == "paused"
    assert set(codes(ana, skip)) == {"rate_limited"}
    assert world.hub.rooms["x"].seq == 121 - len(codes(ana, skip))
    assert len(codes(ana, skip)) > 2 * 20, "far more than it may do wrong itself"
    assert not ana.wire.disconnecting
    assert codes(ben, ben_skip) == []
    world.clock.pump([1.0] * 6)
    assert (ana.wire.producerState, ben.wire.producerState) == ("producing", "producing")
    quiet = Stranger(world)
    quiet.upgrade(room="y")
    skip = len(quiet.said())
    quiet.send(masked(b'{"id":3}') * 20)
    assert codes(quiet, skip) == []
    assert quiet.wire.producerState == "producing", "another room is another matter"


@pytest.mark.parametrize(("work", "refused"), [(0.2, True), (0.0, False)])
def test_an_operation_that_takes_the_processor_long_is_paid_for_by_waiting(work: float, refused: bool) -> None:
    world = World(Limits(work=work))
    world.factory.stopwatch = count(0.0, 0.4).__next__
    ana, skip = member(world, V1)
    ana.send(masked(b'{"op":"ping","id":1}'))
    told = json.loads(frames(ana.said()[skip:])[-1])
    assert (told["t"] == "error") is refused
    if refused:
        assert told["retry_ms"] == 1101  # of 20 tokens, the first took 1 and 40 for its 0.4 s: 22 are lacking
        skip = len(ana.said())
        world.clock.advance(1.1)
        ana.send(masked(b'{"op":"ping","id":2}'))
        assert json.loads(frames(ana.said()[skip:])[-1])["t"] == "pong"


def test_a_publish_that_takes_the_processor_long_holds_the_publisher_back() -> None:
    world = World(Limits(publish_burst=1))
    world.factory.stopwatch = count(0.0, 0.4).__next__
    ana, _ = member(world, V1)
    ana.send(masked(b'{"op":"publish","aircraft":[{"id":1}]}'))
    assert ana.wire.producerState == "producing"
    ana.send(masked(b'{"op":"publish","aircraft":[{"id":1}]}'))
    assert ana.wire.producerState == "paused"
    world.clock.advance(1.5)
    assert ana.wire.producerState == "paused"
    world.clock.pump([0.5] * 8)
    assert ana.wire.producerState == "producing"


class Slow(Node):
    isLeaf = True


def ask(site: HardenedSite, host: str, path: str) -> Any:
    peer = IPv4Address("TCP", host, 4000)
    channel = site.buildProtocol(peer)
    transport = StringTransport(peerAddress=peer)
    channel.makeConnection(transport)
    channel.dataReceived(head(path, "Host: x", "Connection: close", method="GET"))
    return parse(transport.value())


def test_requests_that_take_the_processor_long_are_429_for_their_address_until_it_has_waited() -> None:
    clock, root = Clock(), Node()
    root.putChild(b"api", Slow())
    root.putChild(b"static", Slow())
    site = HardenedSite(
        root, reactor=clock, header_deadline=5, body_cap=100, connections_per_address=0, work=0.5,
        stopwatch=count(0.0, WORK_BURST + 1).__next__,
    )  # fmt: skip
    assert ask(site, "192.0.2.1", "/api/v1/rooms").status == 404
    limited = ask(site, "192.0.2.1", "/api/v1/rooms")
    assert (limited.status, limited.headers["retry-after"], limited.code) == (429, "2", "rate_limited")
    assert ask(site, "192.0.2.1", "/static/x").status == 404
    assert ask(site, "192.0.2.2", "/api/v1/rooms").status == 404
    clock.advance(2.1)
    assert ask(site, "192.0.2.1", "/api/v1/rooms").status == 404
