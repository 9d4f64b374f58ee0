"""The simulated sky itself: who is in it, who comes and goes, and what goes wrong.

Landings and take-offs follow each airport's timetable; overflights make up the
number. Everything happens in slots of a tenth of a second, each aircraft in
one slot of every second, so that the work is spread evenly; the same seed makes
the same sky, slot by slot, on any machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count, pairwise
from random import Random

from flighttap.feeds.sky import control, plans
from flighttap.feeds.sky.fleet import Identity, Registry
from flighttap.feeds.sky.motion import Body, Point
from flighttap.feeds.sky.places import AIRPORTS, CENTRE, Place, Runway, bearing, between, distance, offset
from flighttap.feeds.sky.transponder import GENERAL, NONE, Transponder

__all__ = ["SLOTS", "STATIONS", "TROUBLE_BEGINS", "TROUBLE_ENDS", "Flight", "Heard", "Sky"]

SLOTS = 10
"""Slots in a second."""

STATIONS: tuple[Place, ...] = (CENTRE, *(airport.place for airport in AIRPORTS))
"""Antennas: one hears all that flies, one at each airport hears what is on its ground."""

_SPECIALS, _CROWD = 6, 25
"""How many go nowhere in particular at most, and in how many one of them is found."""
_HEADWAY = 44.0
"""Seconds between two landings anywhere in a sky of 200, and between two take-offs."""
_CLOSEST = 80.0
"""Seconds between two landings on one runway, or take-offs, at least."""
_EARLY = 70.0
"""Seconds that arrivals reach their fix early: the length of the approach takes them up."""
_LONGEST = 5400.0
"""Seconds that an arrival flies at most."""
_TURNROUND = 1800.0
"""Seconds from first radio contact to take-off at most."""
_OUT_OF_SIGHT = 3000.0
"""Seconds after take-off when everybody has left."""
_COARSE = 15.0
"""Seconds a step, for flying what lies before the beginning."""
_TRADES = ("airline", "long haul", "business")

TROUBLE_BEGINS, TROUBLE_ENDS = 90.0, 240.0
"""When, in seconds, the one emergency is declared and over."""


@dataclass(slots=True)
class Flight:
    """One aircraft in the sky.

    :param station: the number of the antenna that hears it on the ground.
    :param trade: what it does, a key of :data:`flighttap.feeds.sky.fleet.AIRCRAFT`.
    :param runway: where it is to land, at about the second ``due``, if it is an arrival.
    """

    body: Body
    radio: Transponder
    station: int
    trade: str
    runway: Runway | None = None
    due: float = 0.0


Heard = tuple[Flight, int, bytes]
"""A frame: who sent it, the number of the antenna that heard it, the bytes."""


@dataclass(slots=True, order=True)
class _Birth:
    """A flight of the timetable that has not begun."""

    when: float
    number: int
    identity: Identity = field(compare=False)
    airport: int = field(compare=False)
    plan: list[Point] = field(compare=False)
    runway: Runway = field(compare=False)
    due: float = field(compare=False)
    leaving: bool = field(compare=False)


class Sky:
    """A sky of about ``size`` aircraft.

    :param rng: all its chances.
    :ivar now: its time in seconds, from 0.
    :ivar flights: everybody in it by address.
    """

    def __init__(self, size: int, rng: Random) -> None:
        self.size = size
        self.now = 0.0
        self.flights: dict[str, Flight] = {}
        self._rng = rng
        self._registry = Registry(rng)
        self._ticks = 0
        self._slots: list[list[Flight]] = [[] for _ in range(SLOTS)]
        self._births: list[_Birth] = []
        self._number = count()
        self._due = {  # the next movement of each airport, first landings, then take-offs
            (index, leaving): rng.uniform(0, 60) - (_OUT_OF_SIGHT if leaving else 900)
            for index in range(len(AIRPORTS))
            for leaving in (False, True)
        }
        self._planning: Iterator[None] = iter(())
        self._trouble: Flight | None = None

    def populate(self) -> Iterator[None]:
        """Fill the sky as if it had been there for hours; pauses after each piece of work, a few ms at most."""
        for number in range(min(_SPECIALS, self.size // _CROWD)):
            self._special(number)
            yield
        yield from self._plan_ahead()
        while self._births and self._births[0].when < 0:
            birth = heappop(self._births)
            if len(self.flights) < self.size:
                yield from self._begin(birth)
            else:
                self._registry.retire(birth.identity)
            yield
        while len(self.flights) < self.size:
            self._overflight(self._rng.random())
            yield

    # Timetables

    def _plan_ahead(self) -> Iterator[None]:
        """Enter into the timetable what begins before long; pauses after each flight."""
        for (index, leaving), due in self._due.items():
            airport = AIRPORTS[index]
            runways = airport.departing if leaving else airport.landing
            headway = max(_HEADWAY * 200 / self.size / airport.share, _CLOSEST / len(runways))
            while due < self.now + (_TURNROUND if leaving else _LONGEST):
                self._schedule(index, leaving, due)
                due += headway * self._rng.uniform(0.75, 1.25)
                self._due[index, leaving] = due
                yield

    def _schedule(self, index: int, leaving: bool, due: float) -> None:
        """One more flight that takes off or lands at about ``due``."""
        rng = self._rng
        airport = AIRPORTS[index]
        weights = (78, 16, 6) if airport.share >= 0.15 else (92, 1, 7)
        identity = self._registry.enlist(rng.choices(_TRADES, weights)[0])
        runways = airport.departing if leaving else airport.landing
        runway = runways[0] if rng.random() < 0.6 else runways[-1]
        if leaving:
            # taxiing is reckoned generously: who is early waits before the runway
            off_blocks = due - 90 - 330 * distance(airport.apron, runway.threshold)
            plan = plans.departure(identity.kind, airport, runway, rng, off_blocks, due)
            when = off_blocks - rng.uniform(60, 180)
        else:
            plan = plans.arrival(identity.kind, airport, runway, rng)
            when = due - plans.duration(plan[: plans.landing(plan) + 1]) - _EARLY
        heappush(self._births, _Birth(when, next(self._number), identity, index, plan, runway, due, leaving))

    def _begin(self, birth: _Birth) -> Iterator[None]:
        """Let a flight of the timetable begin; one that began a while ago is flown up to now, with pauses."""
        identity, airport = birth.identity, AIRPORTS[birth.airport]
        plan, now = plans.under_way(birth.plan, birth.when, self.now)
        if now + 1.5 * plans.duration(plan) < self.now:  # surely gone by now
            self._registry.retire(identity)
            return
        course = airport.row + 90 if birth.leaving else bearing(plan[0].place, plan[1].place)
        body = Body(identity, plan, course, on_ground=birth.leaving, elevation=airport.elevation)
        for step in count(1):
            if now >= self.now or body.gone:
                break
            if step % 100 == 0:
                yield
            span = 1.0 if body.on_ground else 2.0 if body.alt < 11000 else _COARSE
            now += span
            body.step(now, span)
        if body.gone:
            self._registry.retire(identity)
        else:
            flight = self._enter(body, "airline", 1 + birth.airport)
            if not birth.leaving:
                flight.runway, flight.due = birth.runway, birth.due

    # Coming and going

    def _enter(self, body: Body, trade: str, station: int) -> Flight:
        adsb = trade != "light" or self._rng.random() < 0.6
        flight = Flight(body, Transponder(body.identity, self._rng, adsb), station, trade)
        self.flights[body.identity.key] = flight
        min(self._slots, key=len).append(flight)
        return flight

    def _leave(self, flight: Flight) -> None:
        del self.flights[flight.body.identity.key]
        self._registry.retire(flight.body.identity)

    def _overflight(self, progress: float) -> None:
        """One more from edge to edge, ``progress`` of the way from 0 to 1 behind it."""
        (trade,) = self._rng.choices(_TRADES, (62, 30, 8))
        identity = self._registry.enlist(trade)
        plan = plans.overflight(identity.kind, self._rng)
        legs = [distance(here.place, after.place) for here, after in pairwise(plan)]
        flown = progress * sum(legs)
        while flown > legs[0]:
            flown -= legs.pop(0)
            del plan[0]
        plan[0].lat, plan[0].lon = between(plan[0].place, plan[1].place, flown / legs[0])
        course = bearing(plan[0].place, plan[1].place)
        self._enter(Body(identity, plan, course, on_ground=False, elevation=0), trade, 0)

    def _special(self, number: int) -> None:
        """One that goes nowhere: a helicopter, a glider, light aircraft."""
        rng = self._rng
        trade = ("helicopter", "glider", "light", "light", "light", "light")[number]
        identity = self._registry.enlist(trade)
        station, elevation = 1, AIRPORTS[0].elevation
        if trade == "helicopter":
            plan = plans.helicopter_round(rng)
        elif trade == "glider":
            plan = plans.glider_day(rng, (52.0572, 5.9244), 2200)
        else:
            station = 1 + number % len(AIRPORTS)
            start = offset(_countryside(station), rng.uniform(0, 360), 8)
            plan = plans.light_round(identity.kind, rng, _countryside(station), start, rng.randint(3, 5) * 500)
        body = Body(identity, plan, rng.uniform(0, 360), on_ground=trade == "helicopter", elevation=elevation)
        self._enter(body, trade, station)

    def _again(self, flight: Flight) -> None:
        """A special one has flown its round: another."""
        body = flight.body
        if flight.trade == "helicopter":
            body.follow(plans.helicopter_round(self._rng))
        elif flight.trade == "glider":
            body.follow(plans.glider_day(self._rng, body.place, body.alt))
        else:
            home = _countryside(flight.station)
            body.follow(plans.light_round(body.identity.kind, self._rng, home, body.place, body.alt))

    def _clear(self, flight: Flight) -> None:
        """An arrival is over its fix: the approach that brings it down at its time."""
        if flight.runway is not None:
            body, airport = flight.body, AIRPORTS[flight.station - 1]
            time = flight.due - self.now
            body.follow(plans.sequenced(body.identity.kind, airport, flight.runway, body.place, time, self._rng))

    # Time passes

    def advance(self) -> list[Heard]:
        """The next tenth of a second: move those whose slot it is, and hear what they send."""
        slot = self._slots[self._ticks % SLOTS]
        self._ticks += 1
        self.now = self._ticks / SLOTS
        heard: list[Heard] = []
        for flight in slot:
            body = flight.body
            label = body.step(self.now, 1.0)
            if label == "round":
                self._again(flight)
            elif label == "cleared":
                self._clear(flight)
            if body.gone:
                self._leave(flight)
                continue
            station = flight.station if body.on_ground else 0
            for frame in flight.radio.second(body):
                heard.append((flight, station, frame))
        slot[:] = [flight for flight in slot if not flight.body.gone]
        if self._ticks % SLOTS == 0:
            self._second()
        return heard

    def _second(self) -> None:
        while self._births and self._births[0].when <= self.now:
            birth = heappop(self._births)
            if len(self.flights) < self.size + 1 + self.size // 20:
                for _ in self._begin(birth):
                    pass
            else:
                self._registry.retire(birth.identity)
        next(self._planning, None)
        if self._ticks % (10 * SLOTS) == 0:
            self._planning = self._plan_ahead()
        if self._ticks % (4 * SLOTS) == 0:
            control.separate(flight.body for flight in self.flights.values() if flight.trade in _TRADES)
        if len(self.flights) < self.size:
            self._overflight(0.0)
        if self._trouble is None and self.now >= TROUBLE_BEGINS:
            self._begin_trouble()
        elif self._trouble is not None and self.now >= TROUBLE_ENDS and self._trouble.radio.emergency:
            self._end_trouble(self._trouble)

    # What goes wrong

    def _begin_trouble(self) -> None:
        """Somebody high up loses cabin pressure: 7700, down to 10,000 ft, and to the nearest airport."""
        high = [flight for flight in self.flights.values() if not flight.station and flight.body.alt > 28000]
        if not high:
            return
        _, _, flight, index = min(
            (abs(distance(flight.body.place, airport.place) - 75), number, flight, index)
            for number, flight in enumerate(high)
            for index, airport in enumerate(AIRPORTS)
        )
        airport, body = AIRPORTS[index], flight.body
        _, fix = min(airport.fixes, key=lambda each: distance(body.place, each[1]))
        runway = airport.landing[0]
        body.elevation = airport.elevation
        body.hurry = True
        body.follow(
            [Point(*fix, 10000, 340), *plans.approach(body.identity.kind, airport, runway, fix, plans.FINAL, self._rng)]
        )
        flight.station = 1 + index
        flight.radio.squawk, flight.radio.emergency = "7700", GENERAL
        self._trouble = flight

    def _end_trouble(self, flight: Flight) -> None:
        """It is under control: its own squawk again; it goes on to land."""
        flight.body.hurry = False
        flight.radio.squawk, flight.radio.emergency = flight.body.identity.squawk, NONE


def _countryside(station: int) -> Place:
    """Where light aircraft keep clear of the airport with this antenna."""
    return offset(STATIONS[station], 200, 30)
