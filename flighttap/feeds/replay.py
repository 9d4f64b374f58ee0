"""A recording, played by its own timestamps.

The file is read in chunks and cut into messages by the format's ``timeline``;
each message is decoded with the recording's time as ``at`` when its turn comes.
A reactor turn does a few milliseconds of work and no more, however fast the
recording is played; memory does not grow with the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

from twisted.application.service import Service
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from flighttap.aircraft.observation import Observation
from flighttap.errors import FeedError
from flighttap.feeds.sink import Reader, Sink, Tally

__all__ = ["Cutter", "ReplayService"]

Cutter = Callable[[Iterable[bytes]], Iterator[tuple[float | None, bytes]]]
"""Cuts a recording into (recorded seconds or None, whole messages): ``timeline`` of a format."""

CHUNK = 8 * 1024
"""Bytes read at once: cutting them into messages takes a few milliseconds, not more."""
BARREN_CHUNKS = 128
"""Chunks that said nothing of any aircraft after which the file is taken to hold something else."""
BATCH = 64
"""Messages between two looks at the clock."""
TURN = 0.003
"""Seconds of work in one reactor turn."""
SHORTEST_WAIT = 0.01
UNTIMED_RATE = 1000.0
"""Messages a second, for a recording that says no times."""
_NOTHING = "the file has no message of this format in it"
LOOP_PAUSE = 1.0
"""Seconds between two passes."""
LOOP_LEAP = 60.0
"""Recorded seconds between two passes: enough that nothing of one is paired with the next."""


class ReplayService(Service):
    """Plays one file into its feed.

    :param path: absolute.
    :param cut: the format's ``timeline``.
    :param make_reader: makes a decoder for each pass.
    :param speed: recorded seconds a second.
    :param loop: begin again at the end; ``at`` keeps rising.
    """

    _log = Logger()

    def __init__(
        self,
        sink: Sink,
        path: str,
        cut: Cutter,
        make_reader: Callable[[], Reader],
        clock: IReactorTime,
        speed: float,
        loop: bool,
    ) -> None:
        self.setName(f"feed:{sink.name}")
        self._sink = sink
        self._path = path
        self._cut = cut
        self._make_reader = make_reader
        self._clock = clock
        self._speed = speed
        self._loop = loop
        self._tally = Tally()
        self._call: IDelayedCall | None = None
        self._file: BinaryIO | None = None
        self._reader: Reader | None = None
        self._pieces: Iterator[tuple[float, bytes]] = iter(())
        self._next: tuple[float, bytes] | None = None
        self._barren = 0  # chunks since an aircraft was last spoken of
        self._useful = False  # whether one was in this pass
        self._first = 0.0  # recorded time at which this pass began
        self._began = 0.0  # the clock's time then
        self._last = 0.0  # recorded time of the newest message of this pass
        self._leap = 0.0  # added to recorded times, so that they rise from pass to pass
        sink.stats = self._tally

    def startService(self) -> None:
        super().startService()
        self._call = self._clock.callLater(0, self._open)

    def stopService(self) -> None:
        super().stopService()
        if self._call is not None and self._call.active():
            self._call.cancel()
        self._close()

    def _open(self) -> None:
        """Begin a pass."""
        try:
            self._file = open(self._path, "rb")  # noqa: SIM115 - closed by _close
        except OSError as error:
            self._failed(f"the file cannot be read: {error.strerror}")
            return
        self._barren, self._useful = 0, False
        reader = self._reader = self._make_reader()
        self._tally.follow(reader.stats)
        self._pieces = _timed(self._cut(self._chunks(self._file)))
        if not self._advance():
            return
        if self._next is None:
            self._failed(_NOTHING)
            return
        self._first = self._last = self._next[0]
        self._began = self._clock.seconds()
        self._sink.state_changed("up")
        self._turn(reader)

    def _turn(self, reader: Reader) -> None:
        """Play what is due, for at most :data:`TURN` seconds."""
        started = now = self._clock.seconds()
        while now - started < TURN:
            due = self._first + (now - self._began) * self._speed
            heard, more = self._batch(reader, due)
            if heard:
                self._sink.observe(heard)
            if not more:
                return
            if self._next is None:
                self._ended()
                return
            if self._next[0] > due:
                wait = (self._next[0] - due) / self._speed
                self._call = self._clock.callLater(max(wait, SHORTEST_WAIT), self._turn, reader)
                return
            now = self._clock.seconds()
        self._call = self._clock.callLater(0, self._turn, reader)

    def _batch(self, reader: Reader, due: float) -> tuple[list[Observation], bool]:
        """Decode up to :data:`BATCH` messages that are due.

        :returns: what they said, and whether the recording can be read on.
        """
        heard: list[Observation] = []
        for _ in range(BATCH):
            if self._next is None or self._next[0] > due:
                break
            time, piece = self._next
            self._last = time
            self._sink.bytes_in += len(piece)
            said = reader.feed(piece, time + self._leap)
            if said:
                self._barren, self._useful = 0, True
                heard += said
            if not self._advance():
                return heard, False
        return heard, True

    def _advance(self) -> bool:
        """Fetch the next message; says so and returns ``False`` when the file cannot be read on."""
        try:
            self._next = next(self._pieces, None)
        except FeedError as error:
            self._failed(str(error))
            return False
        except OSError as error:
            self._failed(f"the file cannot be read: {error.strerror}")
            return False
        return True

    def _chunks(self, file: BinaryIO) -> Iterator[bytes]:
        while data := file.read(CHUNK):
            self._barren += 1
            if self._barren > BARREN_CHUNKS:
                raise FeedError(_NOTHING)
            yield data

    def _ended(self) -> None:
        if not self._useful:
            self._failed(_NOTHING)
            return
        self._close()
        if not self._loop:
            self._sink.state_changed("done")
            self._log.info("feed {feed} has played its recording", feed=self._sink.name, event_id="feed.done")
            return
        self._leap += self._last - self._first + LOOP_LEAP
        self._call = self._clock.callLater(LOOP_PAUSE, self._open)

    def _failed(self, why: str) -> None:
        self._close()
        self._sink.state_changed("failed", why)
        self._log.error("feed {feed} failed: {why}", feed=self._sink.name, why=why, event_id="feed.failed")

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
        if self._reader is not None:
            self._tally.retire(self._reader.stats)
            self._reader = None
        self._pieces = iter(())
        self._next = None


def _timed(pieces: Iterable[tuple[float | None, bytes]]) -> Iterator[tuple[float, bytes]]:
    """Give a time to each message.

    One without a time happens with the one before it, or, while no time is
    known at all, a thousandth of a second after it.
    """
    now, known = 0.0, False
    for time, piece in pieces:
        if time is not None:
            now, known = time, True
        yield now, piece
        if not known:
            now += 1 / UNTIMED_RATE
