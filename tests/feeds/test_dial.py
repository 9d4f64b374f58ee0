"""Dialling a receiver, without sockets: attempts, pauses, silence, stopping."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone, ConnectionLost, ConnectionRefusedError, DNSLookupError
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from zope.interface import implementer

from flighttap.feeds.sink import Tally
from flighttap.feeds.tcp import BARREN_LIMIT, DialService
from tests.feeds.fakes import FakeSink, LineReader


class Wire(StringTransport):
    """A TCP connection in memory."""

    keepalive = False
    aborted = False

    def abortConnection(self) -> None:
        self.aborted = True

    def setTcpKeepAlive(self, enabled: bool) -> None:
        self.keepalive = enabled


@implementer(IStreamClientEndpoint)
class Receiver:
    """An endpoint whose every attempt waits for the test to decide."""

    def __init__(self) -> None:
        self.attempts: list[tuple[Deferred[Any], Any]] = []
        self.cancelled = 0

    def connect(self, factory: Any) -> Deferred[Any]:
        waiting: Deferred[Any] = Deferred(self._cancel)
        self.attempts.append((waiting, factory))
        return waiting

    def _cancel(self, waiting: Deferred[Any]) -> None:
        self.cancelled += 1

    def accept(self) -> Connection:
        waiting, factory = self.attempts[-1]
        connection = Connection(factory.buildProtocol(None))
        waiting.callback(connection.protocol)
        return connection

    def refuse(self, error: Exception) -> None:
        self.attempts[-1][0].errback(error)


class Connection:
    def __init__(self, protocol: Any) -> None:
        self.protocol = protocol
        self.wire = Wire()
        protocol.makeConnection(self.wire)

    def says(self, data: bytes) -> None:
        self.protocol.dataReceived(data)

    def ends(self, error: Exception) -> None:
        self.protocol.connectionLost(Failure(error))

    @property
    def dropped(self) -> bool:
        return self.wire.aborted


class Bench:
    def __init__(self) -> None:
        self.clock = Clock()
        self.sink = FakeSink()
        self.receiver = Receiver()
        self.failures: list[int] = []
        self.service = DialService(self.sink, self.receiver, LineReader, self.clock, self._pause, 90.0)
        self.service.startService()

    def _pause(self, failures: int) -> float:
        self.failures.append(failures)
        return 10.0 * failures + 1

    def stop(self) -> list[None]:
        done: list[None] = []
        self.service.stopService().addCallback(done.append)
        return done


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_what_arrives_is_decoded_with_the_time_of_its_arrival_however_it_is_cut(bench: Bench) -> None:
    connection = bench.receiver.accept()
    bench.clock.advance(7)
    connection.says(b"4ca7b5\n3c6")
    bench.clock.advance(1)
    connection.says(b"444\nbad\n")
    assert [(each.key, each.at) for each in bench.sink.heard] == [("4ca7b5", 7.0), ("3c6444", 8.0)]
    assert bench.sink.bytes_in == 18
    assert bench.sink.state == "up"
    assert dict(bench.sink.stats) == {"messages": 2, "malformed": 1}
    assert connection.wire.keepalive


def test_a_lost_connection_is_dialled_again_after_a_pause_and_counts_go_on(bench: Bench) -> None:
    connection = bench.receiver.accept()
    connection.says(b"aaaaaa\nbb")
    connection.ends(ConnectionDone())
    assert (bench.sink.state, bench.sink.whys[-1]) == ("down", "it closed the connection; next try in 1 s")
    bench.clock.advance(1)
    assert bench.sink.state == "connecting"
    bench.receiver.accept().says(b"cccccc\n")
    assert bench.sink.keys == ["aaaaaa", "cccccc"]  # half a message of the old connection is not glued to the new
    assert bench.sink.stats["messages"] == 2


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (ConnectionRefusedError(), "it refused the connection"),
        (DNSLookupError("pi.secret.example"), "its host name is not known"),
        (ValueError("10.0.0.7 is odd"), "it cannot be reached"),
    ],
)
def test_failures_in_a_row_are_counted_for_the_pause_and_never_tell_the_address(
    bench: Bench, error: Exception, why: str
) -> None:
    for _ in range(3):
        bench.receiver.refuse(error)
        bench.clock.advance(100)
    assert bench.failures == [1, 2, 3]
    assert bench.sink.whys[-2] == f"{why}; next try in 31 s"
    connection = bench.receiver.accept()
    connection.says(b"\n")
    connection.ends(ConnectionLost())
    assert bench.failures[-1] == 0
    assert bench.sink.whys[-1].startswith("the connection was lost;")


def test_accepting_and_closing_at_once_is_a_failure_too(bench: Bench) -> None:
    for _ in range(2):
        bench.receiver.accept().ends(ConnectionDone())
        bench.clock.advance(100)
    assert bench.failures == [1, 2]


def test_silence_cuts_the_connection_but_any_byte_puts_that_off(bench: Bench) -> None:
    connection = bench.receiver.accept()
    bench.clock.advance(89)
    connection.says(b"x")
    bench.clock.advance(89)
    assert not connection.dropped
    bench.clock.advance(1)
    assert connection.dropped
    connection.ends(ConnectionLost())
    assert bench.sink.state == "silent"
    assert bench.sink.whys[-1].startswith("nothing came for 90 s")


def test_a_peer_that_speaks_something_else_is_not_read_for_ever(bench: Bench) -> None:
    connection = bench.receiver.accept()
    for _ in range(BARREN_LIMIT // 4096):
        connection.says(b"." * 4096)
    assert not connection.dropped
    connection.says(b".")
    assert connection.dropped
    connection.ends(ConnectionLost())
    assert bench.sink.whys[-1].startswith("what it sends has no message of this format in it")


def test_stopping_while_connected_waits_until_the_connection_is_gone(bench: Bench) -> None:
    connection = bench.receiver.accept()
    done = bench.stop()
    assert connection.dropped
    assert done == []
    connection.ends(ConnectionLost())
    assert done == [None]
    assert bench.sink.state == "down"
    assert not bench.clock.getDelayedCalls()
    assert len(bench.receiver.attempts) == 1


def test_stopping_while_dialling_gives_the_attempt_up(bench: Bench) -> None:
    assert bench.stop() == [None]
    assert bench.receiver.cancelled == 1
    assert not bench.clock.getDelayedCalls()


def test_stopping_in_a_pause_ends_the_pause(bench: Bench) -> None:
    bench.receiver.refuse(ConnectionRefusedError())
    assert bench.stop() == [None]
    assert not bench.clock.getDelayedCalls()
    assert len(bench.receiver.attempts) == 1


def test_a_stopped_feed_can_be_started_again(bench: Bench) -> None:
    bench.stop()
    bench.service.startService()
    bench.receiver.accept().says(b"aaaaaa\n")
    assert bench.sink.keys == ["aaaaaa"]


def test_a_tally_adds_up_what_lives_and_what_has_gone() -> None:
    tally = Tally()
    first, second = {"messages": 2, "malformed": 1}, {"messages": 5}
    tally.follow(first)
    tally.follow(second)
    first["messages"] += 1
    tally.retire(first)
    tally.count("refused")
    assert dict(tally) == {"messages": 8, "malformed": 1, "refused": 1}
    assert len(tally) == 3
    assert "crc_failed" not in tally
    with pytest.raises(KeyError):
        tally["crc_failed"]
