"""When each lane of a room is flushed: at the end of the reactor's turn, or when its rate allows."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from flighttap.rooms.member import Delivery
from flighttap.rooms.meter import Meter
from flighttap.rooms.room import Room
from flighttap.rooms.timetable import Timetable

__all__ = ["TURN", "Turns"]

TURN = 0.02
"""Seconds after which a flush leaves the lanes that are left to the reactor's next turn: others have theirs first."""


class Turns:
    """Joins a timetable with a clock.

    :param clock: monotonic seconds and timers.
    :param wall: Unix time in seconds.
    :param meter: counts the flushes.
    :param deliver: writes what a lane flushed.
    """

    _log = Logger()

    def __init__(
        self,
        clock: IReactorTime,
        wall: Callable[[], float],
        meter: Meter,
        deliver: Callable[[Iterable[Delivery]], None],
    ) -> None:
        self._clock = clock
        self._wall = wall
        self._meter = meter
        self._deliver = deliver
        self._timetable = Timetable()
        self._turn_call: IDelayedCall | None = None
        self._flush_call: IDelayedCall | None = None
        self._flush_due = 0.0

    def stop(self) -> None:
        """Cancel every timer; nothing is flushed any more."""
        for call in (self._turn_call, self._flush_call):
            if call is not None:
                call.cancel()
        self._turn_call = self._flush_call = None

    def changed(self, room: Room) -> None:
        """See to it that each lane of a room is flushed: at the end of this turn, or when its rate allows."""
        now = self._clock.seconds()
        for lane in room.lanes.values():
            due = lane.due()
            if due is not None:
                self._timetable.put(lane, due, now)
        self._arm(now)

    def _arm(self, now: float) -> None:
        """See to it that lanes are flushed when the timetable says so."""
        if self._turn_call is None and self._timetable.soon():
            self._turn_call = self._clock.callLater(0, self._turn_ends)
        due = self._timetable.later()
        if due is None:
            return
        if self._flush_call is not None:
            if self._flush_due <= due:
                return
            self._flush_call.cancel()
        self._flush_due = due
        self._flush_call = self._clock.callLater(max(0.0, due - now), self._time_came)

    def _turn_ends(self) -> None:
        self._turn_call = None
        self._flush()

    def _time_came(self) -> None:
        self._flush_call = None
        self._flush()

    def _flush(self) -> None:
        meter = self._meter
        now = self._clock.seconds()
        lanes = self._timetable.take(now)
        end = now + TURN
        for index, lane in enumerate(lanes):
            if now > end:
                self._timetable.put_back(lanes[index:])
                break
            due = lane.due()
            try:
                if due is not None and due <= now:
                    self._deliver(lane.flush(now, self._wall()))
                    due = lane.due()
                    began, now = now, self._clock.seconds()  # one flush may take a while
                    meter.flush.add(now - began)
                    if lane.oldest is not None:
                        meter.age.add(now - lane.oldest)
            except Exception:
                self._log.failure("a flush of room {room!r} failed", room=lane.room.name, event_id="flush.failed")
            else:
                if due is not None:
                    self._timetable.put(lane, due, now)
        self._arm(now)
