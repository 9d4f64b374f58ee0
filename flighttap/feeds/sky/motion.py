"""How a simulated aircraft moves along its plan, within what its kind can do.

A plan is a list of :class:`Point`. Each step turns towards the line between the
last point and the next, changes speed so as to be right at the next, climbs as
the engines allow and descends at about three degrees. Units: degrees, nautical
miles, knots, feet, feet a minute, seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, cos, degrees, hypot, inf, radians, sin, sqrt, tan

from flighttap.feeds.sky.fleet import Identity
from flighttap.feeds.sky.places import Place

__all__ = ["FLY", "HOVER", "ROLL", "SPIRAL", "STAND", "TAXI", "Body", "Point"]

FLY, TAXI, ROLL, STAND, HOVER, SPIRAL = range(6)
"""Ways to get to a point: in the air; on the ground; speeding up on the runway until
it flies; waiting on the ground; waiting in the air; climbing in circles."""

_STEEPEST = 6000.0
_GLIDE = 290.0
"""Feet a mile at which a descent begins: a little under three degrees."""
_RATE_CHANGE = 130.0
"""Feet a minute by which the vertical rate changes in a second."""
_LEVELLING = 1.2 * 60 * _RATE_CHANGE
_BANK = 500.0
"""A turn rate in deg/s times the speed in kt: 25 degrees of bank."""


@dataclass(slots=True)
class Point:
    """Where to be next.

    :param alt: ft; on the ground it does not matter.
    :param gs: kt to have there.
    :param how: how to get there, one of the words above.
    :param until: waiting ends at this second of the sky at the earliest.
    :param wait: waiting lasts for at least so many seconds.
    :param label: what begins when it is reached, for the sky to know.
    """

    lat: float
    lon: float
    alt: float
    gs: float
    how: int = FLY
    until: float = -inf
    wait: float = 0.0
    label: str = ""

    @property
    def place(self) -> Place:
        return self.lat, self.lon


class Body:
    """One aircraft: where it is and where it goes.

    :param elevation: of the ground that it stands or rolls on, ft.
    :ivar on_ground: whether the wheels carry it.
    :ivar gone: whether the plan is flown.
    :ivar hurry: descend as fast as it goes.
    :ivar slow: control asked for no more than this, kt.
    """

    __slots__ = (
        "_descending",
        "_glide",
        "_nimble",
        "_origin",
        "alt",
        "course",
        "elevation",
        "gone",
        "gs",
        "hurry",
        "identity",
        "lat",
        "leg",
        "lon",
        "on_ground",
        "plan",
        "rate",
        "slow",
        "track",
    )

    def __init__(self, identity: Identity, plan: list[Point], track: float, on_ground: bool, elevation: float) -> None:
        start = plan[0]
        self.identity = identity
        self.plan = plan
        self.leg = 1
        self.lat, self.lon = start.lat, start.lon
        self.alt = elevation if on_ground else start.alt
        self.gs = start.gs
        self.rate = 0.0
        self.track = track
        self.on_ground = on_ground
        self.elevation = elevation
        self.gone = False
        self.hurry = False
        self.slow = inf
        self._descending = False
        self._origin = start.place
        self._nimble = identity.kind.category in ("A1", "A7", "B1")
        self._glide = 0.0 if self._nimble else _GLIDE
        self.course = 0.0
        self._set_course()

    @property
    def place(self) -> Place:
        return self.lat, self.lon

    def follow(self, plan: list[Point]) -> None:
        """Leave the old plan for another one, from here."""
        self.plan, self.leg, self.gone = plan, 0, False
        self._origin = self.place
        self._set_course()

    def step(self, now: float, span: float) -> str:
        """Move on by ``span`` seconds up to ``now``.

        :returns: the label of the point that was reached, or nothing.
        """
        if self.gone:
            return ""
        point = self.plan[self.leg]
        how = point.how
        if how == FLY:
            reached = self._fly(point, span)
        elif how == TAXI:
            reached = self._taxi(point, span)
        elif how == ROLL:
            reached = self._roll(point, span)
        elif how == SPIRAL:
            reached = self._spiral(point, span)
        else:
            self._speed(0.0, span, 3.0 if self.on_ground else 1.5)
            self._climb(point.alt, inf, span)
            self._move(span)
            reached = now >= point.until
        if not reached:
            return ""
        self._next(now)
        return point.label

    def _next(self, now: float) -> None:
        self._origin = self.plan[self.leg].place
        self.leg += 1
        self._descending = False
        if self.leg >= len(self.plan):
            self.gone = True
        else:
            point = self.plan[self.leg]
            point.until = max(point.until, now + point.wait)
            self._set_course()

    def _set_course(self) -> None:
        east, north = _plane(*self._origin, *self.plan[self.leg].place)
        if hypot(east, north) > 0.001:
            self.course = degrees(atan2(east, north)) % 360

    # In the air

    def _fly(self, point: Point, span: float) -> bool:
        ahead, aside = self._steer(point, span, 15.0)
        self.on_ground = False
        limit = point.gs
        if limit < self.gs:  # slow down in time, and never speed up before
            limit = min(self.gs, sqrt(limit**2 + 2 * 0.6 * 3600 * max(ahead, 0.0)))
        self._speed(min(limit, self._fastest(), self.slow), span, 1.0)
        self._climb(point.alt, hypot(ahead, aside), span)
        self._move(span)
        return ahead - self.gs * span / 3600 <= self._lead(point)

    def _fastest(self) -> float:
        """What is flown at this height: 250 kt indicated below 10,000 ft, then ever more up to the cruise."""
        cruise = self.identity.kind.cruise
        if self.alt < 10000:
            return min(cruise, 250 + self.alt * 0.0045)
        return min(cruise, 300 + (self.alt - 10000) * (cruise - 300) / 22000) if cruise > 300 else cruise

    def _lead(self, point: Point) -> float:
        """How far before a point the turn to the next one begins, so that it ends on the next line."""
        if self.leg + 1 >= len(self.plan):
            return 0.0
        after = self.plan[self.leg + 1]
        if after.how != FLY:
            return 0.0
        east, north = _plane(*point.place, *after.place)
        if hypot(east, north) < 0.001:
            return 0.0
        turn = abs((degrees(atan2(east, north)) - self.course + 180) % 360 - 180)
        radius = self.gs / 3600 / radians(self._turn_rate())
        return radius * tan(radians(min(turn, 130) / 2))

    def _turn_rate(self) -> float:
        return min(9.0 if self._nimble else 3.0, _BANK / max(self.gs, 30.0))

    def _climb(self, target: float, ahead: float, span: float) -> None:
        """Change height towards ``target``, to be there after ``ahead`` miles when it lies below."""
        missing = target - self.alt
        if self.on_ground or (missing == 0 and self.rate == 0):
            self.rate = 0.0
            return
        gentle = sqrt(_LEVELLING * abs(missing)) + 60  # from here the rate can still be taken out in time
        wanted = 0.0
        if missing > 0:
            wanted = min(self._climb_rate(), gentle)
        elif missing < 0:
            if self.hurry:
                wanted = -min(_STEEPEST, gentle)
            elif target > 20000 and missing > -2500:  # from one level to another
                wanted = -min(1000.0, gentle)
            elif self._descending or -missing >= self._glide * ahead:
                self._descending = True
                minutes = max(ahead / max(self.gs, 30.0) * 60, 0.02)
                wanted = max(missing / minutes, -3400.0) if ahead < inf else -300.0
                if target > self.elevation + 500:  # but do not float over the runway
                    wanted = max(wanted, -gentle)
        most = _RATE_CHANGE * span
        self.rate += max(-most, min(most, wanted - self.rate))
        change = self.rate / 60 * span
        if (missing > 0) == (change > 0) and abs(change) >= abs(missing):
            self.alt = target
            if target > self.elevation + 500:  # lower, it goes on down to the runway
                self.rate = 0.0
        else:
            self.alt += change

    def _climb_rate(self) -> float:
        """Less with height: a third of it is left at the top."""
        kind = self.identity.kind
        return kind.climb * max(0.3, 1 - 0.7 * self.alt / (kind.levels[1] * 100))

    def _spiral(self, point: Point, span: float) -> bool:
        """Circle to the right in rising air until it carried us to the height of the point."""
        self._speed(48.0, span, 1.0)
        self.track = (self.track + 12.0 * span) % 360
        self.rate += max(-_RATE_CHANGE * span, min(_RATE_CHANGE * span, 380.0 - self.rate))
        self.alt += self.rate / 60 * span
        self._move(span)
        return self.alt >= point.alt

    # On the ground

    def _taxi(self, point: Point, span: float) -> bool:
        if not self.on_ground:
            self.on_ground = True
            self.alt, self.rate = self.elevation, 0.0
        ahead, _ = self._steer(point, span, 3.0)
        limit = sqrt(point.gs**2 + 2 * (3.0 if self.gs > 45 else 1.2) * 3600 * max(ahead, 0.0))
        if abs((self.track - self.course + 180) % 360 - 180) > 25:
            limit = min(limit, 9.0)
        fastest = self.gs if self.gs > 45 else 24.0  # rolling out, else taxiing
        self._speed(min(limit, fastest), span, 3.4 if self.gs > 30 else 1.2)
        self._move(span)
        return ahead - self.gs * span / 3600 <= 0.006

    def _roll(self, point: Point, span: float) -> bool:
        self._steer(point, span, 6.0)
        self._speed(inf, span, 3.4 if not self._nimble else 2.2)
        self._move(span)
        if self.gs < point.gs:
            return False
        self.on_ground = False
        return True

    # Both

    def _steer(self, point: Point, span: float, look: float) -> tuple[float, float]:
        """Turn towards the line to ``point``, and back onto it within about ``look`` seconds.

        :returns: miles ahead along the line and aside of it.
        """
        east, north = _plane(self.lat, self.lon, point.lat, point.lon)
        angle = radians(self.course)
        ahead = east * sin(angle) + north * cos(angle)
        aside = east * cos(angle) - north * sin(angle)
        back = atan2(aside, max(self.gs / 3600 * look, 0.008))
        turn = (self.course + degrees(back) - self.track + 180) % 360 - 180
        most = (14.0 if self.on_ground and self.gs < 40 else self._turn_rate()) * span
        if self.gs > 0.5:
            self.track = (self.track + max(-most, min(most, turn))) % 360
        return ahead, aside

    def _speed(self, wanted: float, span: float, change: float) -> None:
        if wanted > self.gs:
            self.gs = min(wanted, self.gs + change * span)
        else:
            self.gs = max(wanted, self.gs - change * span)

    def _move(self, span: float) -> None:
        way = self.gs * span / 216000  # knots and seconds to degrees of latitude
        angle = radians(self.track)
        self.lat += way * cos(angle)
        self.lon += way * sin(angle) / cos(radians(self.lat))


def _plane(lat: float, lon: float, to_lat: float, to_lon: float) -> tuple[float, float]:
    """East and north to the other place, nautical miles."""
    return (to_lon - lon) * 60 * cos(radians((lat + to_lat) / 2)), (to_lat - lat) * 60
