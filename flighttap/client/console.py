"""The clients of the command line: a live table, changes line by line, lines to publish, a list of rooms.

Each is a small object with ``run() -> Deferred`` of the exit status and
``stop()`` for Ctrl-C; what they read and write is given to them.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from typing import Any, BinaryIO, Protocol, TextIO

import msgspec
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.python.failure import Failure

from flighttap.aircraft.identity import key_field, key_of
from flighttap.client.errors import Disconnected, Unreachable
from flighttap.client.publisher import Publisher
from flighttap.client.reader import LineReader, ReaderGone
from flighttap.client.table import Look, clean, live_table
from flighttap.client.watcher import Watcher
from flighttap.errors import BadField, BadJson, FlighttapError, Refused, WireError

__all__ = ["HIDE", "SHOW", "Command", "LiveTable", "PublishLines", "WatchLines"]

HIDE = "\x1b[?1049h\x1b[?25l"
SHOW = "\x1b[?25h\x1b[?1049l"


class Command(Protocol):
    """What runs until it is done or stopped."""

    def run(self) -> Deferred[int]:
        """Begin; fires with the exit status."""

    def stop(self) -> Deferred[Any]:
        """End it as Ctrl-C does; the Deferred of :meth:`run` need not fire."""


class LiveTable:
    """A room as a table that fills the terminal, drawn anew twice a second.

    :param make: makes the watcher; called with callbacks as keywords.
    :param out: the terminal.
    """

    _log = Logger()

    def __init__(
        self, make: Callable[..., Watcher], out: TextIO, err: TextIO, reactor: Any, colour: bool = True
    ) -> None:
        self._reactor = reactor
        self._out = out
        self._colour = colour
        self._trouble = _Trouble(err)
        self._why = ""
        self._due = 0.0
        self._watcher = make(on_state=self._state_changed, presence="count")
        self._drawing = LoopingCall(self.draw)
        self._drawing.clock = reactor
        self._open = False

    def run(self) -> Deferred[int]:
        """Watch until it is stopped or refused; the screen appears with the first snapshot."""
        done = self._watcher.when_done()
        self._watcher.when_ready().addCallbacks(self._begin, lambda _: None)
        self._watcher.start()
        return done.addCallback(lambda _: 0).addBoth(self._leave)

    def stop(self) -> Deferred[Any]:
        """Give the terminal back and close the connection."""
        self._leave(None)
        return self._watcher.stop()

    def draw(self) -> None:
        """Draw the whole screen in one write."""
        size = shutil.get_terminal_size()
        why = self._why
        if self._watcher.state == "waiting":
            why = f"{why}, in {max(0.0, self._due - self._reactor.seconds()):.0f} s"
        lines = live_table(
            self._watcher.replica,
            self._watcher.address.room,
            self._watcher.state,
            why,
            self._watcher.now(),
            size.lines,
            Look(size.columns, self._colour),
            time.strftime("%H:%M:%SZ", time.gmtime(self._watcher.now())),
        )
        text = "\r\n".join(f"{line}\x1b[K" for line in lines[: size.lines])
        self._write(f"\x1b[H{text}\x1b[J")

    def _begin(self, _: object) -> None:
        self._open = True
        self._write(HIDE)
        self._drawing.start(0.5).addErrback(self._failed)

    def _state_changed(self, state: str, why: str, pause: float) -> None:
        self._why = why
        self._due = self._reactor.seconds() + pause
        if not self._open:
            self._trouble.tell(state, why, pause)

    def _failed(self, failure: Failure) -> None:
        self._leave(None)
        room = self._watcher.address.room
        self._log.failure("The table of {room} cannot be drawn", failure, room=room, event_id="client.table")

    def _leave(self, result: Any) -> Any:
        if self._drawing.running:
            self._drawing.stop()
        if self._open:
            self._open = False
            self._write(SHOW)
        return result

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()


class WatchLines:
    """A room's changes, one line each: readable, or JSON.

    A JSON line is the flight's whole record with ``seen`` and ``seen_pos`` as of
    now, or its key with ``"removed":true``; ``flighttap publish`` reads them.

    :param make: makes the watcher; called with callbacks as keywords.
    :param out: where the lines go.
    :param err: where it is told that the connection is gone.
    """

    def __init__(
        self, make: Callable[..., Watcher], out: BinaryIO, err: TextIO, reactor: Any, json: bool = False
    ) -> None:
        self._out = out
        self._trouble = _Trouble(err)
        self._json = json
        self._reader = ReaderGone(out.fileno(), reactor, lambda: self._over(0))
        self._broken: Deferred[int] = Deferred()
        self._watcher = make(on_change=self._changed, on_removed=self._removed, on_state=self._trouble.tell)

    def run(self) -> Deferred[int]:
        """Watch until it is stopped, refused, or nobody reads the lines any more."""
        self._watcher.when_done().addCallback(lambda _: 0).addCallbacks(self._over, self._over)
        self._reader.start()
        self._watcher.start()
        return self._broken

    def stop(self) -> Deferred[Any]:
        """Close the connection."""
        self._reader.pause()
        return self._watcher.stop()

    def _changed(self, key: str, record: dict[str, Any]) -> None:
        now = self._watcher.now()
        replica = self._watcher.replica
        if self._json:
            aged = {**record, "seen": round(replica.age(key, now), 1)}
            position_age = replica.position_age(key, now)
            if position_age is not None:
                aged["seen_pos"] = round(position_age, 1)
            self._write(msgspec.json.encode(aged))
            return
        self._write(f"{_stamp(now)} {clean(key)} {_spoken(record)}".rstrip().encode())

    def _removed(self, key: str) -> None:
        if self._json:
            self._write(msgspec.json.encode({key_field(key): key, "removed": True}))
        else:
            self._write(f"{_stamp(self._watcher.now())} {clean(key)} gone".encode())

    def _write(self, line: bytes) -> None:
        if self._broken.called:
            return
        try:
            self._out.write(line + b"\n")
            self._out.flush()
        except OSError:  # whoever read us has gone
            self._over(0)

    def _over(self, result: Any) -> None:
        self._reader.pause()
        if not self._broken.called:
            self._broken.callback(result)


class PublishLines:
    """Publishes each line of an input as one flight, and ends when all of them are answered.

    A line that cannot be taken is told on ``err`` with its number; the next ones follow.
    A line with ``"removed":true`` takes its flight out of the room.

    :param make: makes the publisher; called with callbacks as keywords.
    :param fd: file descriptor of the input.
    """

    HIGH, LOW = 4000, 1000

    def __init__(self, make: Callable[..., Publisher], fd: int, err: TextIO, reactor: Any) -> None:
        self._err = err
        self._trouble = _Trouble(err)
        self._publisher = make(on_state=self._state_changed, limit=self.HIGH * 4)
        self._reader = LineReader(fd, reactor, self._line, self._end)
        self._done: Deferred[int] = Deferred()
        self._number = 0
        self._bad = 0
        self._ended = False
        self._was_live = False

    def run(self) -> Deferred[int]:
        """Publish until the input has ended; the status is 0 when every line was accepted."""
        self._publisher.start()
        self._reader.resume()
        return self._done

    def stop(self) -> Deferred[Any]:
        """Read no more and close the connection; says what had no answer yet."""
        self._reader.stop()
        if self._publisher.waiting and not self._done.called:
            self._say(f"Stopped while {self._publisher.waiting} flights had no answer yet.")
        return maybeDeferred(self._publisher.stop)

    def _line(self, line: bytes | None) -> None:
        self._number += 1
        number = self._number
        if line is None:
            self._refused(number, "the line is too long.")
            return
        if not line.strip():
            return
        try:
            said = _object(line)
            if said.get("removed") is True:
                answer = self._publisher.remove(key_of(said) or "")
            else:
                answer = self._publisher.send(said)
        except WireError as error:
            self._refused(number, str(error))
            return
        answer.addErrback(self._failed, number)
        answer.addCallback(lambda _: self._go_on())
        if self._publisher.waiting >= self.HIGH:
            self._reader.pause()

    def _failed(self, failure: Failure, number: int) -> None:
        error = failure.value
        if isinstance(error, (Disconnected, Refused, Unreachable)):
            self._bad += 1  # it is all over, which is said once
        elif isinstance(error, FlighttapError):
            self._refused(number, str(error))
        else:
            self._refused(number, f"something went wrong ({type(error).__name__}).")

    def _refused(self, number: int, why: str) -> None:
        self._bad += 1
        self._say(f"line {number}: {why}")

    def _go_on(self) -> None:
        if self._publisher.waiting <= self.LOW:
            self._reader.resume()
        if self._ended and self._was_live and not self._publisher.waiting:
            self._finish(1 if self._bad else 0)

    def _end(self) -> None:
        self._ended = True
        self._go_on()

    def _finish(self, result: Any) -> None:
        self._reader.stop()
        if not self._done.called:
            self._done.callback(result)

    def _state_changed(self, state: str, why: str, pause: float) -> None:
        if state == "refused":
            self._say(why)
            self._finish(1)
            return
        self._trouble.tell(state, why, pause)
        if state == "live":
            self._was_live = True
            self._go_on()

    def _say(self, text: str) -> None:
        self._err.write(f"flighttap: {clean(text)}\n")
        self._err.flush()


def _object(line: bytes) -> dict[str, Any]:
    """:raises WireError: the line is no JSON object that names a flight."""
    try:
        said = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadJson("this is not JSON in UTF-8.") from error
    if not isinstance(said, dict):
        raise BadJson("this is JSON, but not an object.")
    if key_of(said) is None:
        raise BadField("this names no flight: it must say hex, flight or id.")
    return said


class _Trouble:
    """Says on ``err`` when the connection is gone and when it is back, each once."""

    def __init__(self, err: TextIO) -> None:
        self._err = err
        self._why = ""

    def tell(self, state: str, why: str, pause: float) -> None:
        """Take what the watcher or publisher says of its state."""
        if state == "waiting" and why != self._why:
            self._why = why
            self._say(f"{_sentence(why)} Trying again.")
        elif state == "live" and self._why:
            self._why = ""
            self._say("Connected again.")

    def _say(self, text: str) -> None:
        self._err.write(f"flighttap: {clean(text)}\n")
        self._err.flush()


def _sentence(clause: str) -> str:
    return f"{clause[:1].upper()}{clause[1:]}."


def _stamp(unix: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(unix))


_SPOKEN = (
    ("flight", "{}"), ("alt_baro", "{} ft"), ("gs", "{} kt"), ("track", "{}°"), ("baro_rate", "{} ft/min"),
    ("squawk", "squawk {}"), ("lat", "lat {}"), ("lon", "lon {}"),
)  # fmt: skip


def _spoken(record: dict[str, Any]) -> str:
    return "  ".join(form.format(clean(record[name])) for name, form in _SPOKEN if name in record)
