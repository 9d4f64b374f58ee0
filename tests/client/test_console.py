"""The commands of the terminal, with a server in memory."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from twisted.internet.error import ConnectionRefusedError

from flighttap.client import Backoff, Publisher, Unreachable, Watcher
from flighttap.client.console import LiveTable, PublishLines, WatchLines
from flighttap.testing import FakeServer, snapshot, update
from tests.client.common import PENDING, result


@pytest.fixture
def server() -> FakeServer:
    return FakeServer()


class Reactor:
    """The server's clock, and descriptors that the test reads by hand."""

    def __init__(self, server: FakeServer) -> None:
        self.callLater = server.clock.callLater
        self.seconds = server.clock.seconds
        self.readers: list[Any] = []

    def addReader(self, reader: Any) -> None:
        self.readers.append(reader)

    def removeReader(self, reader: Any) -> None:
        self.readers.remove(reader)


def maker(server: FakeServer, kind: Any, **more: Any) -> Any:
    options = {"reactor": server.clock, "endpoint": server.endpoint, "random": lambda: 1.0, "patient": False, **more}
    return partial(kind, server.url, backoff=Backoff(1.0, 1.0), **options)


class Pipe(io.RawIOBase):
    """Binary output with a descriptor that is a pipe."""

    def __init__(self) -> None:
        super().__init__()
        self.text = b""
        self.broken = False
        self.reading, self.writing = os.pipe()

    def fileno(self) -> int:
        return self.writing

    def write(self, data: Any) -> int:
        if self.broken:
            raise BrokenPipeError
        self.text += bytes(data)
        return len(data)

    def finish(self) -> None:
        os.close(self.reading)
        os.close(self.writing)


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    pipe = Pipe()
    yield pipe
    pipe.finish()


def test_changes_are_one_line_each(server, pipe):
    command = WatchLines(maker(server, Watcher), pipe, io.StringIO(), Reactor(server))
    done = command.run()
    server.settle()
    server.newest.say(snapshot(1, {"hex": "4ca7b5", "flight": "RY\x1b1", "alt_baro": 36000, "lat": 52.1, "lon": 4.2}))
    server.newest.say(update(1, 2, removed=["4ca7b5"]))
    server.settle()
    command.stop()
    server.advance(3)
    assert pipe.text.decode().splitlines() == [
        "1970-01-01T00:16:40Z 4ca7b5 RY�1  36000 ft  lat 52.1  lon 4.2",
        "1970-01-01T00:16:41Z 4ca7b5 gone",
    ]
    assert result(done) == 0


def test_json_lines_are_whole_records_with_their_ages(server, pipe):
    command = WatchLines(maker(server, Watcher), pipe, io.StringIO(), Reactor(server), json=True)
    command.run()
    server.settle()
    server.newest.say(snapshot(1, {"hex": "4ca7b5", "gs": 1.0, "seen": 2.0}, {"key": "id:7", "lat": 1.0, "lon": 2.0}))
    server.newest.say(update(1, 2, {"hex": "4ca7b5", "gs": 2.0}, removed=["id:7"]))
    server.settle()
    command.stop()
    server.advance(3)
    assert [json.loads(line) for line in pipe.text.splitlines()] == [
        {"hex": "4ca7b5", "gs": 1.0, "seen": 2.0},
        {"key": "id:7", "lat": 1.0, "lon": 2.0, "seen": 0.0, "seen_pos": 0.0},
        {"key": "id:7", "removed": True},
        {"hex": "4ca7b5", "gs": 2.0, "seen": 0.0},
    ]


def test_a_watch_ends_when_nobody_reads_it(server, pipe):
    command = WatchLines(maker(server, Watcher), pipe, io.StringIO(), Reactor(server))
    done = command.run()
    server.settle()
    pipe.broken = True
    server.newest.say(snapshot(1, {"hex": "4ca7b5"}, {"hex": "4ca7b6"}))
    server.settle()
    assert result(done) == 0
    command.stop()
    server.advance(3)


def test_an_unreachable_server_ends_a_watch_and_a_lost_one_is_told_once(server, pipe):
    server.down = ConnectionRefusedError()
    done = WatchLines(maker(server, Watcher), pipe, io.StringIO(), Reactor(server)).run()
    server.settle()
    assert isinstance(result(done), Unreachable)
    server.down = None
    told = io.StringIO()
    command = WatchLines(maker(server, Watcher), pipe, told, Reactor(server))
    command.run()
    server.settle()
    server.newest.drop()
    server.down = ConnectionRefusedError()
    server.advance(10)
    server.down = None
    server.advance(2)
    assert told.getvalue().splitlines() == [
        "flighttap: The connection was lost. Trying again.",
        "flighttap: Nothing answers at fake.example:8000 (connection refused). Trying again.",
        "flighttap: Connected again.",
    ]
    command.stop()
    server.advance(3)


def test_the_table_takes_the_terminal_with_the_first_snapshot_and_gives_it_back(server, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("LINES", "10")
    out, told = io.StringIO(), io.StringIO()
    command = LiveTable(maker(server, Watcher), out, told, server.clock, colour=False)
    done = command.run()
    server.settle()
    assert out.getvalue() == ""
    assert server.newest.heard[0]["presence"] == "count"
    server.newest.say(snapshot(1, {"hex": "4ca7b5", "flight": "RYR12AB"}))
    server.settle()
    server.newest.drop()
    server.down = ConnectionRefusedError()
    server.advance(2)
    screens = out.getvalue().split("\x1b[H")
    assert screens[0] == "\x1b[?1049h\x1b[?25l"
    assert "● live" in screens[1]
    assert "RYR12AB" in screens[-1]
    assert "○ trying again: nothing answers at fake.example:8000 (connection refused), in 1 s" in screens[-1]
    assert all(screen.count("\r\n") < 10 for screen in screens)
    command.stop()
    server.advance(1)
    assert out.getvalue().endswith("\x1b[?25h\x1b[?1049l")
    assert told.getvalue() == ""
    assert result(done) == 0


def test_a_table_that_never_came_about_leaves_the_terminal_alone(server):
    server.down = ConnectionRefusedError()
    out, told = io.StringIO(), io.StringIO()
    done = LiveTable(maker(server, Watcher), out, told, server.clock).run()
    server.settle()
    assert isinstance(result(done), Unreachable)
    assert out.getvalue() == ""
    command = LiveTable(maker(server, Watcher, patient=True), out, told, server.clock)
    command.run()
    server.advance(5)
    assert told.getvalue() == "flighttap: Nothing answers at fake.example:8000 (connection refused). Trying again.\n"
    command.stop()
    server.advance(1)
    assert out.getvalue() == ""


class Input:
    """A pipe into a PublishLines, read by hand."""

    def __init__(self, server: FakeServer, **more: Any) -> None:
        self.server = server
        self.reading, self.writing = os.pipe()
        self.reactor = Reactor(server)
        self.told = io.StringIO()
        self.command = PublishLines(maker(server, Publisher, **more), self.reading, self.told, self.reactor)
        self.done = self.command.run()
        server.settle()

    def write(self, text: str) -> None:
        os.write(self.writing, text.encode())
        for reader in tuple(self.reactor.readers):
            reader.doRead()
        self.server.settle()

    def end(self) -> None:
        os.close(self.writing)
        for reader in tuple(self.reactor.readers):
            reader.doRead()
        self.server.settle()

    def answer(self, kind: str = "ok", **more: Any) -> None:
        self.server.newest.say({"t": kind, "id": self.server.newest.heard[-1]["id"], **more})
        self.server.settle()

    def close(self) -> None:
        self.command.stop()
        self.server.advance(3)
        assert self.reactor.readers == []
        os.close(self.reading)


def test_lines_are_published_and_the_status_is_0_once_all_are_accepted(server):
    given = Input(server)
    given.write('{"id":1}\n\n{"hex":"4ca7b5","lat":1}\n{"id":1,"removed":true}\n')
    given.end()
    assert result(given.done) is PENDING
    given.answer()
    given.answer()
    assert result(given.done) == 0
    assert [{**said, "id": 0} for said in server.newest.heard] == [
        {"op": "publish", "id": 0, "aircraft": [{"id": 1}, {"hex": "4ca7b5", "lat": 1}]},
        {"op": "remove", "id": 0, "key": "id:1"},
    ]
    assert given.told.getvalue() == ""
    given.close()


def test_bad_lines_are_told_with_their_number_and_make_the_status_1(server):
    given = Input(server)
    given.write('nope\n[1]\n{"a":1}\n{"hex":"xyz"}\n{"id":1}\n{"id":2,"lat":95}\n{"id":3,"lat":NaN}\n\xff\n')
    given.end()
    given.answer("error", code="bad_field", message="lat must be from -90 to 90 deg.")
    given.answer()
    given.answer("error", code="bad_field", message="lat must be from -90 to 90 deg.")
    assert result(given.done) == 1
    assert given.told.getvalue().splitlines() == [
        "flighttap: line 1: this is not JSON in UTF-8.",
        "flighttap: line 2: this is JSON, but not an object.",
        "flighttap: line 3: this names no flight: it must say hex, flight or id.",
        "flighttap: line 4: hex must be six hex digits, with ~ in front if it is not an ICAO address.",
        "flighttap: line 7: this is not JSON in UTF-8.",
        "flighttap: line 8: this is not JSON in UTF-8.",
        "flighttap: line 6: lat must be from -90 to 90 deg.",
    ]
    given.close()


def test_an_input_that_is_faster_than_the_answers_is_held_up(server):
    given = Input(server)
    given.command.HIGH, given.command.LOW = 4, 1
    given.write("".join(f'{{"id":{number}}}\n' for number in range(6)))
    assert given.reactor.readers == []
    given.answer()
    assert len(given.reactor.readers) == 1
    given.end()
    assert result(given.done) == 0
    given.close()


def test_an_empty_input_is_a_success(server):
    given = Input(server)
    given.end()
    assert result(given.done) == 0
    given.close()


def test_an_unreachable_server_is_one_sentence_and_not_one_a_line(server):
    server.down = ConnectionRefusedError()
    given = Input(server)
    given.write('{"id":1}\n{"id":2}\n')
    assert result(given.done) == 1
    assert given.told.getvalue() == "flighttap: Nothing answers at fake.example:8000 (connection refused).\n"
    given.close()


def test_stopping_says_what_had_no_answer(server):
    given = Input(server)
    given.write('{"id":1}\n{"id":2}\n')
    given.close()
    assert given.told.getvalue() == "flighttap: Stopped while 2 flights had no answer yet.\n"
