"""Lines come whole from pipes and files, in any cut, and only as fast as they are taken."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionLost
from twisted.python.failure import Failure

from flighttap.client import reader as module
from flighttap.client.reader import LineReader, ReaderGone


class Reactor:
    """Remembers who is watched."""

    def __init__(self) -> None:
        self.readers: list[object] = []

    def addReader(self, reader: object) -> None:
        self.readers.append(reader)

    def removeReader(self, reader: object) -> None:
        self.readers.remove(reader)


def lines_of(chunks: list[bytes], monkeypatch: pytest.MonkeyPatch | None = None) -> list[bytes | None]:
    """What a reader makes of a pipe that is written in these pieces."""
    reading, writing = os.pipe()
    reactor, got, ended = Reactor(), [], []
    reader = LineReader(reading, reactor, got.append, lambda: ended.append(True))
    reader.resume()
    for chunk in chunks:
        os.write(writing, chunk)
        reader.doRead()
    os.close(writing)
    reader.doRead()
    assert ended == [True]
    assert reactor.readers == []
    os.close(reading)
    return got


@settings(deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=20), max_size=10))
def test_any_cut_gives_the_same_lines(chunks):
    whole = b"".join(chunks)
    lines = whole.split(b"\n")
    assert lines_of(chunks) == (lines if lines[-1] else lines[:-1])


def test_a_line_that_is_too_long_is_told_and_the_next_is_whole(monkeypatch):
    monkeypatch.setattr(module, "LONGEST", 10)
    assert lines_of([b"a\n", b"x" * 8, b"x" * 8, b"x" * 8, b"x\nb\n", b"y" * 11]) == [b"a", None, b"b", None]


def test_a_paused_reader_reads_nothing_until_it_goes_on():
    reactor = Reactor()
    reader = LineReader(0, reactor, lambda line: None, lambda: None)
    reader.resume()
    reader.resume()
    assert reactor.readers == [reader]
    reader.pause()
    reader.pause()
    assert reactor.readers == []
    reader.stop()
    reader.resume()
    assert reactor.readers == []


def test_an_input_that_the_reactor_loses_has_ended():
    ended: list[bool] = []
    reader = LineReader(0, Reactor(), lambda line: None, lambda: ended.append(True))
    reader.resume()
    reader.connectionLost(Failure(ConnectionLost()))
    reader.connectionLost(Failure(ConnectionLost()))
    assert ended == [True]


async def test_a_file_and_an_empty_file_are_read_by_the_real_reactor(tmp_path: Path):
    from twisted.internet import reactor

    for text, lines in ((b"one\ntwo", [b"one", b"two"]), (b"", [])):
        path = tmp_path / "lines"
        path.write_bytes(text)
        fd = os.open(path, os.O_RDONLY)
        done: Deferred[None] = Deferred()
        got: list[bytes | None] = []
        LineReader(fd, reactor, got.append, lambda done=done: done.callback(None)).resume()
        await done
        os.close(fd)
        assert got == lines


async def test_a_pipes_reader_that_goes_is_noticed_though_nothing_is_written():
    from twisted.internet import reactor

    reading, writing = os.pipe()
    gone: Deferred[None] = Deferred()
    watching = ReaderGone(writing, reactor, lambda: gone.callback(None))
    watching.start()
    os.close(reading)
    await gone
    os.close(writing)


def test_a_file_is_not_watched_for_its_reader(tmp_path: Path):
    reactor = Reactor()
    with (tmp_path / "out").open("wb") as out:
        ReaderGone(out.fileno(), reactor, lambda: None).start()
    assert reactor.readers == []
