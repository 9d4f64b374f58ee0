"""What the core knows of a feed: its name, rooms, state and counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from flighttap.aircraft.observation import Observation

__all__ = ["LINGER", "STATES", "Feed", "Spec"]

STATES = ("connecting", "up", "silent", "down", "done", "asleep", "failed")
LINGER = 300.0
"""Seconds without a watcher until a feed on demand is put to sleep."""


class Spec(Protocol):
    """What a feed was configured to be."""

    @property
    def name(self) -> str: ...
    @property
    def rooms(self) -> tuple[str, ...]: ...
    @property
    def source(self) -> str: ...
    @property
    def format(self) -> str: ...
    @property
    def receiver(self) -> tuple[float, float] | None: ...
    @property
    def share_position(self) -> str: ...
    @property
    def simulated(self) -> bool: ...


class Feed:
    """The hub's side of one feed; its shell calls :meth:`observe` and :meth:`state_changed`.

    :ivar stats: the decoder's counts by reason, assigned by the shell.
    :ivar bytes_in: bytes read so far, added to by the shell.
    :ivar observations: how many came in.
    :ivar rate: observations per second over the last second.
    """

    def __init__(self, spec: Spec, observe: Callable[[Feed, Sequence[Observation]], None]) -> None:
        self.spec = spec
        self.name = spec.name
        self.rooms = spec.rooms
        self.receiver = spec.receiver
        self.state = "connecting"
        self.why = ""
        self.stats: Mapping[str, int] = {}
        self.bytes_in = 0
        self.observations = 0
        self.rate = 0.0
        self._observe = observe
        self._counted = 0
        self._start: Callable[[], None] | None = None
        self._stop: Callable[[], None] | None = None
        self._linger = LINGER
        self._running = False
        self._unwatched_since = 0.0

    def observe(self, observations: Sequence[Observation]) -> None:
        """Hand on what the decoder said, in order."""
        self.observations += len(observations)
        self._observe(self, observations)

    def state_changed(self, state: str, why: str = "") -> None:
        """Say how the feed is; one of :data:`STATES`.

        :param why: a short reason for people, without addresses of others.
        """
        if state not in STATES:
            raise ValueError(f"no such feed state: {state}")
        self.state, self.why = state, why

    def on_demand(self, start: Callable[[], None], stop: Callable[[], None], linger: float = LINGER) -> None:
        """Run only while watched: ``start`` at the first watcher, ``stop`` after ``linger`` seconds without one."""
        self._start, self._stop, self._linger = start, stop, linger

    def watched(self, watchers: int, now: float) -> None:
        """Learn how many watch its rooms; starts or stops it where it runs on demand."""
        if watchers:
            self._unwatched_since = now
        if self._start is None or self._stop is None:
            return
        if watchers and not self._running:
            self._running = True
            self._start()
        elif self._running and not watchers and now - self._unwatched_since >= self._linger:
            self._running = False
            self._stop()

    def second_passed(self, elapsed: float) -> None:
        """Work out ``rate``; called about once a second.

        :param elapsed: seconds since the last call.
        """
        self.rate = (self.observations - self._counted) / elapsed if elapsed > 0 else 0.0
        self._counted = self.observations

    @property
    def shown_receiver(self) -> tuple[float, float] | None:
        """Where the receiver is, degrees, as far as its owner shares it: rounded is about a kilometre."""
        if self.receiver is None or self.spec.share_position == "hidden":
            return None
        digits = 2 if self.spec.share_position == "rounded" else 6
        lat, lon = self.receiver
        return round(lat, digits), round(lon, digits)

    def describe(self) -> dict[str, Any]:
        """JSON-ready: name, state, why, counts; the receiver only as far as its owner shares it."""
        about: dict[str, Any] = {
            "name": self.name,
            "format": self.spec.format,
            "simulated": self.spec.simulated,
            "state": self.state,
            "why": self.why,
            "messages": self.observations,
            "messages_per_s": round(self.rate, 1),
            "bytes": self.bytes_in,
            "stats": dict(self.stats),
        }
        if self.shown_receiver is not None:
            about["receiver"] = list(self.shown_receiver)
        return about
