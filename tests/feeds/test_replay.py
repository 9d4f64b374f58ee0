"""Playing a recording: pace, speed, loops, work per reactor turn, files that are no recording."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest
from twisted.internet.task import Clock

from flighttap.aircraft.observation import Observation
from flighttap.feeds import make_feed
from flighttap.feeds.replay import BARREN_CHUNKS, BATCH, CHUNK, LOOP_LEAP, TURN, ReplayService
from flighttap.feeds.spec import parse_feed
from tests.feeds.fakes import FakeSink, LineReader, line_cutter
from tests.needs import need_data


class Played:
    """A recording of lines under a clock."""

    def __init__(self, path: Path, text: str, speed: float, loop: bool) -> None:
        path.write_text(text)
        self.clock = Clock()
        self.sink = FakeSink()
        self.service = ReplayService(self.sink, str(path), line_cutter, LineReader, self.clock, speed, loop)
        self.service.startService()
        self.clock.advance(0)

    def pass_time(self, seconds: float) -> None:
        """In steps of 10 ms, as real time would pass."""
        for _ in range(round(seconds * 100)):
            self.clock.advance(0.01)

    @property
    def said(self) -> list[tuple[str, float]]:
        return [(observation.key, observation.at) for observation in self.sink.heard]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "day.lines"


@pytest.fixture
def play(path: Path) -> Iterator[Callable[..., Played]]:
    """Plays a text; what still plays at the end is stopped."""
    playing: list[Played] = []

    def begin(text: str, speed: float = 1.0, loop: bool = False) -> Played:
        playing.append(Played(path, text, speed, loop))
        return playing[-1]

    yield begin
    for played in playing:
        played.service.stopService()


def test_messages_come_when_the_recording_says_and_carry_its_time(play: Callable[..., Played]) -> None:
    played = play("1000.0 a\n1000.5 b\n1002.0 c\n")
    assert played.said == [("a", 1000.0)]
    played.pass_time(0.49)
    assert len(played.said) == 1
    played.pass_time(0.02)
    assert played.said[1:] == [("b", 1000.5)]
    played.pass_time(1.4)
    assert len(played.said) == 2
    played.pass_time(0.2)
    assert played.said[2:] == [("c", 1002.0)]
    assert played.sink.states == ["up", "done"]
    assert not played.clock.getDelayedCalls()
    assert played.sink.bytes_in == 6
    assert played.sink.stats["messages"] == 3


def test_speed_shortens_the_wait_but_not_the_recorded_time(play: Callable[..., Played]) -> None:
    played = play("0 a\n100 b\n200 c\n", speed=100.0)
    played.pass_time(1.02)
    assert played.said == [("a", 0.0), ("b", 100.0)]
    played.pass_time(1.0)
    assert played.said[-1] == ("c", 200.0)


def test_recorded_time_keeps_rising_from_loop_to_loop_and_each_has_a_fresh_decoder(play: Callable[..., Played]) -> None:
    played = play("5 a\n6 b\n", loop=True)
    played.pass_time(4.5)
    assert played.said == [
        ("a", 5.0),
        ("b", 6.0),
        ("a", 6.0 + LOOP_LEAP),
        ("b", 7.0 + LOOP_LEAP),
        ("a", 7.0 + 2 * LOOP_LEAP),
    ]
    assert played.sink.stats["messages"] == 5
    assert "done" not in played.sink.states
    played.service.stopService()
    assert not played.clock.getDelayedCalls()


def test_a_recording_without_times_is_played_at_a_thousand_messages_a_second(play: Callable[..., Played]) -> None:
    played = play("- a\n" * 5000, speed=2.0)
    played.pass_time(1.0)
    assert len(played.said) == pytest.approx(2000, abs=25)
    assert [at for _, at in played.said[:3]] == pytest.approx([0.0, 0.001, 0.002])


def test_a_message_without_a_time_happens_with_the_one_before_it(play: Callable[..., Played]) -> None:
    played = play("10 a\n- b\n11 c\n")
    assert played.said == [("a", 10.0), ("b", 10.0)]
    played.service.stopService()


class WorkingClock(Clock):
    """Every look at it takes a while, as real work would between two looks."""

    look = 0.0
    next_call: Callable[[], None]

    def callLater(self, delay: float, callable: Any, *args: object, **kw: object) -> Any:
        self.next_call = partial(callable, *args, **kw)
        return super().callLater(delay, callable, *args, **kw)

    def seconds(self) -> float:
        self.rightNow += self.look
        return float(self.rightNow)


def test_a_turn_ends_after_a_few_milliseconds_however_much_is_due(path: Path) -> None:
    path.write_text("0 a\n" * 100_000)
    clock, sink = WorkingClock(), FakeSink()
    service = ReplayService(sink, str(path), line_cutter, LineReader, clock, 1.0, False)
    service.startService()
    clock.look = 0.001  # a batch takes a millisecond
    turns = 0
    while sink.states[-1:] != ["done"]:
        before, began = len(sink.heard), clock.rightNow
        for call in clock.getDelayedCalls():
            call.cancel()
        clock.next_call()
        turns += 1
        assert clock.rightNow - began <= TURN + 0.003
        assert len(sink.heard) - before <= BATCH * (TURN / 0.001 + 1)
    assert turns > 100_000 / BATCH / 6
    assert len(sink.heard) == 100_000


def test_the_file_is_read_as_it_is_played(path: Path) -> None:
    path.write_text("".join(f"{number:09} a\n" for number in range(50_000)))
    chunks_in_all = path.stat().st_size / CHUNK
    read = 0

    def counting(chunks: Iterable[bytes]) -> Iterator[tuple[float | None, bytes]]:
        def counted() -> Iterator[bytes]:
            nonlocal read
            for chunk in chunks:
                assert len(chunk) <= CHUNK
                read += 1
                yield chunk

        yield from line_cutter(counted())

    clock = Clock()
    service = ReplayService(FakeSink(), str(path), counting, LineReader, clock, 1.0, False)
    service.startService()
    clock.advance(0)
    assert read == 1
    clock.advance(25_000)
    assert read == pytest.approx(chunks_in_all / 2, abs=1)
    service.stopService()


def test_stopping_closes_the_file_and_starting_again_begins_anew(play: Callable[..., Played]) -> None:
    played = play("0 a\n1 b\n")
    played.service.stopService()
    assert not played.clock.getDelayedCalls()
    played.service.startService()
    played.pass_time(1.1)
    assert [key for key, _ in played.said] == ["a", "a", "b"]
    assert played.sink.stats["messages"] == 3


@pytest.mark.parametrize("size", [0, 1000, CHUNK * (BARREN_CHUNKS + 5)])
@pytest.mark.parametrize("loop", [False, True])
def test_a_file_that_is_no_recording_fails_after_a_bounded_look_at_it(path: Path, size: int, loop: bool) -> None:
    read = 0

    def no_message(chunks: Iterable[bytes]) -> Iterator[tuple[float | None, bytes]]:
        nonlocal read
        for chunk in chunks:
            read += len(chunk)
        yield from ()

    path.write_bytes(b"\0" * size)
    clock, sink = Clock(), FakeSink()
    ReplayService(sink, str(path), no_message, LineReader, clock, 1.0, loop).startService()
    clock.advance(0)
    assert (sink.state, sink.whys[-1]) == ("failed", "the file has no message of this format in it")
    assert read <= CHUNK * BARREN_CHUNKS
    assert not clock.getDelayedCalls()


@pytest.mark.parametrize("name", ["avr", "beast", "sbs"])
def test_a_picture_is_no_recording_in_any_format(path: Path, name: str) -> None:
    rng = Random(1)
    for size in (3_000, CHUNK * (BARREN_CHUNKS + 5)):
        path.write_bytes(rng.randbytes(size))
        clock, sink = Clock(), FakeSink()
        make_feed(parse_feed(f"t={name}@file:{path}?speed=10000&loop=1"), sink, clock).startService()
        for _ in range(400):
            clock.advance(0.1)
        assert (sink.state, sink.whys[-1]) == ("failed", "the file has no message of this format in it")
        assert not clock.getDelayedCalls()
        assert sink.heard == []


def test_a_file_that_vanished_fails(path: Path) -> None:
    clock, sink = Clock(), FakeSink()
    ReplayService(sink, str(path), line_cutter, LineReader, clock, 1.0, False).startService()
    clock.advance(0)
    assert sink.state == "failed"
    assert sink.whys[-1] == "the file cannot be read: No such file or directory"


def test_a_real_recording_at_200_times_its_speed() -> None:
    recording = need_data("toulouse.beast")
    clock = Clock()
    last: dict[str, Observation] = {}

    class Newest(FakeSink):
        def observe(self, observations: object) -> None:
            last.update({each.key: each for each in observations})  # type: ignore[attr-defined]

    sink = Newest()
    make_feed(parse_feed(f"t=beast@file:{recording}?speed=200&receiver=43.63,1.37"), sink, clock).startService()
    seconds = 0
    while sink.states[-1:] != ["done"]:
        clock.advance(0.05)
        seconds += 1
        assert seconds < 900
    assert seconds * 0.05 == pytest.approx(8306 / 200, abs=1)
    assert sink.bytes_in == pytest.approx(recording.stat().st_size, abs=100)
    assert len(last) >= 13
