"""What each aircraft of the simulated sky transmits, second by second.

Rates are about half of what DO-260B prescribes, to be easy on small machines:
position and velocity once a second, identity, status and squawk every five
seconds, replies to radar every eight to twelve. An aircraft that stands on the
ground tells its position every five seconds, as in reality.
"""

from __future__ import annotations

from random import Random

from flighttap.feeds.sky import frames
from flighttap.feeds.sky.fleet import Identity
from flighttap.feeds.sky.motion import Body

__all__ = ["GENERAL", "NONE", "Transponder"]

NONE, GENERAL = 0, 1
"""Emergency states that are used (DO-260B, table 2-78)."""


class Transponder:
    """The radio of one aircraft.

    :param adsb: it sends extended squitters; without, it only answers radar.
    :ivar squawk: four octal digits, as dialled by the crew.
    :ivar emergency: one of :data:`NONE` and :data:`GENERAL`.
    """

    __slots__ = ("_beat", "_level", "_odd", "_rng", "adsb", "emergency", "identity", "squawk")

    def __init__(self, identity: Identity, rng: Random, adsb: bool) -> None:
        self.identity = identity
        self.squawk = identity.squawk
        self.emergency = NONE
        self.adsb = adsb
        self._rng = rng
        self._beat = -1
        self._odd = 0
        self._level = rng.uniform(-27.0, -7.0)

    @property
    def strength(self) -> float:
        """How strongly it is received just now, dBFS."""
        return round(self._level + self._rng.uniform(-1.5, 1.5), 1)

    def second(self, body: Body) -> list[bytes]:
        """The frames of one second; the first one tells everything, so that nobody waits for a newcomer."""
        if self._beat < 0:
            self._beat = self._rng.randrange(120)
            return self._introduction(body)
        self._beat = beat = self._beat + 1
        sent: list[bytes] = []
        icao = self.identity.icao
        if self.adsb:
            if body.on_ground:
                if body.gs > 0.5 or beat % 5 == 0:
                    sent.append(self._position(body))
            else:
                sent.append(self._position(body))
                sent.append(self._velocity(body))
            turn = beat % 5
            if turn == 0:
                sent.append(frames.identification(icao, self.identity.kind.category, self.identity.callsign))
            elif turn == 2:
                sent.append(frames.emergency_status(icao, self.emergency, self.squawk))
            elif turn == 4:
                sent.append(frames.operational_status(icao, body.on_ground))
            if beat % 10 == 3:
                sent.append(frames.identity_reply(icao, body.on_ground, self.squawk))
            elif beat % 12 == 7:
                sent.append(frames.altitude_reply(icao, body.on_ground, body.alt))
            elif beat % 8 == 1:
                sent.append(frames.all_call(icao, body.on_ground))
        else:
            sent.append(frames.all_call(icao, body.on_ground))
            if beat % 2:
                sent.append(frames.altitude_reply(icao, body.on_ground, body.alt))
            if beat % 5 == 0:
                sent.append(frames.identity_reply(icao, body.on_ground, self.squawk))
            elif beat % 5 == 3:
                sent.append(frames.callsign_reply(icao, body.on_ground, body.alt, self.identity.callsign))
        return sent

    def _introduction(self, body: Body) -> list[bytes]:
        icao = self.identity.icao
        sent = [frames.all_call(icao, body.on_ground)]
        if self.adsb:
            sent += [
                frames.operational_status(icao, body.on_ground),
                self._position(body),
                self._position(body),
                frames.identification(icao, self.identity.kind.category, self.identity.callsign),
                frames.emergency_status(icao, self.emergency, self.squawk),
            ]
            if not body.on_ground:
                sent.append(self._velocity(body))
        return sent

    def _position(self, body: Body) -> bytes:
        self._odd ^= 1
        if body.on_ground:
            return frames.surface_position(self.identity.icao, body.lat, body.lon, body.gs, body.track, self._odd)
        return frames.airborne_position(self.identity.icao, body.lat, body.lon, body.alt, self._odd)

    def _velocity(self, body: Body) -> bytes:
        # a warm day of high pressure: true heights are above those of the standard atmosphere
        return frames.velocity(self.identity.icao, body.gs, body.track, body.rate, 150 + body.alt * 0.011)
