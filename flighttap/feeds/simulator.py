"""The simulated sky as a feed: frames of the sky through the real Mode S decoder.

Ten times a second the sky moves on by a slot and what was transmitted is decoded
as if antennas had heard it. Filling the sky at the start is spread over many
reactor turns. Stopped, it sleeps: started again soon it goes on where it was,
later it begins anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from twisted.application.service import Service
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from flighttap.aircraft.observation import Observation
from flighttap.feeds.sink import Sink, Tally
from flighttap.feeds.sky.world import SLOTS, STATIONS, Flight, Sky
from flighttap.formats import ModesDecoder

__all__ = ["SimulatorService"]

TURN = 0.003
"""Seconds of work in one reactor turn."""
FORGOTTEN = 300.0
"""Seconds asleep after which a new sky is made: nobody remembers the old aircraft then."""
LATEST = 1.0
"""Seconds of the sky to catch up after a pause of the reactor; more is skipped."""


class SimulatorService(Service):
    """A sky of ``size`` aircraft.

    :param make_rng: gives the chances of a new sky; the same ones make the same sky.
    :param speed: seconds of the sky a second.
    """

    def __init__(
        self, sink: Sink, clock: IReactorTime, size: int, make_rng: Callable[[], Random], speed: float = 1.0
    ) -> None:
        self.setName(f"feed:{sink.name}")
        self._sink = sink
        self._clock = clock
        self._size = size
        self._make_rng = make_rng
        self._slot = 1.0 / (SLOTS * speed)
        self._tally = Tally()
        self._call: IDelayedCall | None = None
        self._filling: Iterator[None] = iter(())
        self._decoders: list[ModesDecoder] = []
        self._sky: Sky | None = None
        self._due = 0.0  # when, by the clock, the next slot is
        self._at = 0.0  # feed time at which the sky began
        self._stopped = 0.0
        sink.stats = self._tally

    def startService(self) -> None:
        super().startService()
        now = self._clock.seconds()
        if self._sky is None or now - self._stopped > FORGOTTEN:
            self._sky = self._begin(now)
        else:
            self._at += now - self._stopped
        self._due = now
        self._sink.state_changed("up")
        self._call = self._clock.callLater(0, self._fill, self._sky)

    def stopService(self) -> None:
        super().stopService()
        self._stopped = self._clock.seconds()
        if self._call is not None and self._call.active():
            self._call.cancel()
        self._sink.state_changed("asleep")

    def _begin(self, now: float) -> Sky:
        """Make a new sky, and antennas that know nothing of the old one."""
        for decoder in self._decoders:
            self._tally.retire(decoder.stats)
        self._decoders = [ModesDecoder(place) for place in STATIONS]
        for decoder in self._decoders:
            self._tally.follow(decoder.stats)
        self._at = now
        sky = Sky(self._size, self._make_rng())
        self._filling = sky.populate()
        return sky

    def _fill(self, sky: Sky) -> None:
        """Put aircraft into a new sky, some in each turn."""
        started = self._clock.seconds()
        for _ in self._filling:
            if self._clock.seconds() - started > TURN:
                self._call = self._clock.callLater(0, self._fill, sky)
                return
        self._due = self._clock.seconds()
        self._tick(sky)

    def _tick(self, sky: Sky) -> None:
        """Let pass the slots that are due, for at most :data:`TURN` seconds."""
        started = now = self._clock.seconds()
        self._due = max(self._due, now - LATEST)
        while self._due <= now and now - started < TURN:
            self._due += self._slot
            self._pass_slot(sky)
            now = self._clock.seconds()
        self._call = self._clock.callLater(max(self._due - now, 0), self._tick, sky)

    def _pass_slot(self, sky: Sky) -> None:
        observations: list[Observation] = []
        received = 0
        for flight, station, frame in sky.advance():
            received += len(frame)
            heard = self._decoders[station].decode(frame, self._at + sky.now, flight.radio.strength)
            if heard is not None:
                if "callsign" in heard.values:
                    _look_up(flight, heard)
                observations.append(heard)
        self._sink.bytes_in += received
        if observations:
            self._sink.observe(observations)


def _look_up(flight: Flight, heard: Observation) -> None:
    """Add what no transponder sends but a register of aircraft knows."""
    identity = flight.body.identity
    heard.values["registration"] = identity.registration
    heard.values["type_code"] = identity.kind.code
    heard.values["description"] = identity.kind.description
