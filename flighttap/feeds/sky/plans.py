"""Where flights of the simulated sky go: departures, arrivals with holds, overflights, circuits.

Each function returns a plan, a list of :class:`~flighttap.feeds.sky.motion.Point`
whose first point is where the flight begins. Heights are feet, speeds knots,
lengths nautical miles.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import cos, radians, sin
from random import Random

from flighttap.feeds.sky.fleet import Kind
from flighttap.feeds.sky.motion import FLY, HOVER, ROLL, SPIRAL, STAND, TAXI, Point
from flighttap.feeds.sky.places import GATES, Airport, Place, Runway, bearing, between, distance, offset

__all__ = [
    "FINAL",
    "approach",
    "arrival",
    "departure",
    "duration",
    "glider_day",
    "helicopter_round",
    "landing",
    "level_for",
    "light_round",
    "overflight",
    "sequenced",
    "stand",
    "under_way",
]

FINAL = 11.0
"""Miles of the shortest final approach."""


def level_for(kind: Kind, course: float, rng: Random) -> int:
    """A cruising level by the semicircular rule: odd thousands eastbound, even ones westbound; ft."""
    low, high = kind.levels
    odd = 0 <= course < 180
    levels = [level for level in range(low, high + 1, 10) if (level // 10 % 2 == 1) == odd]
    return rng.choice(levels or [low]) * 100


def overflight(kind: Kind, rng: Random) -> list[Point]:
    """From edge to edge, by way of one point in the middle."""
    count = len(GATES)
    enter = rng.randrange(count)
    leave = (enter + count // 2 + rng.randint(-3, 3)) % count
    start, end = _near(GATES[enter], 32, rng), _near(GATES[leave], 32, rng)
    middle = _near(((start[0] + end[0]) / 2, (start[1] + end[1]) / 2), 35, rng)
    course = bearing(start, end)
    level = level_for(kind, course, rng)
    gs = kind.cruise + 28 * sin(radians(course)) + rng.uniform(-6, 6)  # the wind is from the west
    return [Point(*place, level, gs) for place in (start, middle, end)]


def arrival(kind: Kind, airport: Airport, runway: Runway, rng: Random) -> list[Point]:
    """From the edge over a fix, perhaps some rounds of its hold, to the runway and a stand."""
    near = sorted(GATES, key=lambda gate: distance(gate, airport.place))
    gate = _near(rng.choice(near[3:]), 20, rng)
    name, fix = min(airport.fixes, key=lambda each: distance(gate, each[1]) + distance(each[1], airport.place))
    inbound = bearing(gate, fix)
    top = min(level_for(kind, inbound, rng), 10000 + 250 * round(distance(gate, fix) * 1.1))
    plan = [Point(*gate, top, kind.cruise)]
    rounds = rng.choice((0, 0, 0, 1, 2)) if airport.share < 0.2 else rng.choice((0, 0, 1, 1, 2, 3))
    height = 9000 + 1000 * (rounds + rng.randint(0, 1))
    plan.append(Point(*offset(fix, (inbound + 180) % 360, 12), height + 2500, 300))
    plan.append(Point(*fix, height, 225, label=f"at {name}"))
    for _ in range(rounds):
        plan += _hold(fix, inbound, height, height - 1000)
        height -= 1000
    plan[-1].label = "cleared"
    return plan + approach(kind, airport, runway, fix, FINAL + 2, rng)


def _hold(fix: Place, inbound: float, height: float, leaving: float) -> list[Point]:
    """One round to the right, one minute outbound; four corners that are flown as two half circles."""
    width, length = 3.3, 6.8
    abeam = offset(fix, inbound + 90, width)
    turn = offset(abeam, inbound + 180, length)
    back = offset(fix, inbound + 180, length)
    return [
        Point(*abeam, height, 220, label="holding"),
        Point(*turn, (height + leaving) / 2, 220),
        Point(*back, leaving, 220),
        Point(*fix, leaving, 220),
    ]


def approach(kind: Kind, airport: Airport, runway: Runway, origin: Place, final: float, rng: Random) -> list[Point]:
    """From ``origin`` by downwind or base leg onto the final approach, down, off the runway and to a stand.

    :param final: length of the final approach, at least :data:`FINAL`.
    """
    course = runway.course
    back = course + 180
    east, north = _frame(origin, runway.threshold, back)
    side = 1.0 if east >= 0 else -1.0
    ground = airport.elevation
    path: list[tuple[Place, float]] = []  # where, with which speed

    def at(along: float, aside: float) -> Place:
        return offset(offset(runway.threshold, back, along), back + 90, aside)

    if north < final + 8:  # it comes from behind: downwind and base
        width = 5.0 + rng.uniform(0, 1.0)
        if north < final - 7:
            path.append((at(max(north + 6, 1.0), side * width), 220))
        path += [(at(final + 2.4, side * width), 205), (at(final + 2.4, side * 2.2), 185)]
    elif abs(east) > 6:
        path.append((at(final + 7, side * 4.5), 210))
    path += [(at(final, 0), 175), (at(5.0, 0), 160)]
    places = [place for place, _ in path]
    togo = 5.0
    heights = [ground + 50 + togo * 318]
    for here, after in zip(places[-2::-1], places[:0:-1], strict=True):
        togo += distance(here, after)
        heights.append(max(heights[-1], min(ground + 3000 if togo < 15 else ground + 50 + togo * 270, 11000)))
    points = [
        Point(*place, round(height), max(gs, kind.approach + 8))
        for (place, gs), height in zip(path, reversed(heights), strict=True)
    ]
    points.append(Point(*runway.threshold, ground + 50, kind.approach))
    points.append(Point(*offset(runway.threshold, course, 0.17), ground, kind.approach - 4, label="landed"))
    return points + _taxi_in(airport, runway, rng)


def _taxi_in(airport: Airport, runway: Runway, rng: Random) -> list[Point]:
    turnoff = min(runway.length - 0.15, rng.choice((1.05, 1.25)))
    spot = stand(airport, rng)
    side = 1 if _frame(airport.apron, runway.threshold, runway.course)[0] >= 0 else -1
    exit_ = offset(runway.threshold, runway.course, turnoff)
    taxiway = _beside(runway, turnoff + 0.1, side)
    _, along = _frame(airport.apron, runway.threshold, runway.course)
    abeam = _beside(runway, max(0.0, min(runway.length, along)), side)
    return [
        Point(*exit_, 0, 28, TAXI),
        Point(*taxiway, 0, 12, TAXI, label="vacated"),
        Point(*abeam, 0, 11, TAXI),
        Point(*spot, 0, 0, TAXI),
        Point(*spot, 0, 0, STAND, wait=90, label="parked"),
    ]


def stand(airport: Airport, rng: Random) -> Place:
    """A place to park: one of two rows at the apron."""
    along = offset(airport.apron, airport.row, rng.randint(-5, 5) * 0.045)
    return offset(along, airport.row + 90, rng.choice((-0.05, 0.05)))


def departure(
    kind: Kind, airport: Airport, runway: Runway, rng: Random, off_blocks: float, line_up: float
) -> list[Point]:
    """From a stand to the edge.

    :param off_blocks: when it begins to roll.
    :param line_up: when it may enter the runway, the sky's seconds.
    """
    spot = stand(airport, rng)
    ground = airport.elevation
    side = 1 if _frame(airport.apron, runway.threshold, runway.course)[0] >= 0 else -1
    _, along = _frame(airport.apron, runway.threshold, runway.course)
    far = sorted(GATES, key=lambda each: distance(each, airport.place))[4:]
    gate = _near(rng.choice(far), 20, rng)
    level = level_for(kind, bearing(airport.place, gate), rng)
    lift_off = kind.approach + 8
    straight = offset(runway.end, runway.course, 3.5)
    away = bearing(straight, gate)
    turn = (away - runway.course + 180) % 360 - 180
    plan = [
        Point(*spot, 0, 0, STAND),
        Point(*spot, 0, 0, STAND, until=off_blocks, label="taxiing"),
        Point(*_beside(runway, max(0.0, min(runway.length, along)), side), 0, 11, TAXI),
        Point(*_beside(runway, 0.06, side), 0, 8, TAXI),
        Point(*_beside(runway, 0.03, side, 0.05), 0, 0, TAXI),
        Point(*_beside(runway, 0.03, side, 0.05), 0, 0, STAND, until=line_up, label="lining up"),
        Point(*offset(runway.threshold, runway.course, 0.06), 0, 8, TAXI),
        Point(*runway.end, 0, lift_off, ROLL, label="airborne"),
        Point(*straight, min(ground + 4000, level), 250),
    ]
    if abs(turn) > 100:  # round the airport, not over it
        plan.append(Point(*offset(straight, runway.course + (90 if turn > 0 else -90), 7), level, 290))
    plan.append(Point(*offset(straight, away, 16), level, kind.cruise))
    plan.append(Point(*gate, level, kind.cruise))
    return plan


def sequenced(kind: Kind, airport: Airport, runway: Runway, origin: Place, time: float, rng: Random) -> list[Point]:
    """An approach that lands after about ``time`` seconds: the less hurry, the longer the final."""
    direct = approach(kind, airport, runway, origin, FINAL, rng)
    spare = time - duration(direct[: landing(direct) + 1])
    return approach(kind, airport, runway, origin, FINAL + max(0.0, min(spare * 0.025, 9.0)), rng)


def landing(plan: list[Point]) -> int:
    """The number of the point at which a plan touches down."""
    return next(number for number, point in enumerate(plan) if point.label == "landed")


def duration(plan: list[Point]) -> float:
    """About how many seconds a plan takes, waiting not counted."""
    total = 0.0
    for here, after in pairwise(plan):
        miles = distance(here.place, after.place)
        if miles > 0.001:
            slow = max((here.gs + after.gs) / 2, 10.0)
            fast = max(here.gs, after.gs, 10.0)
            total += 3600 * (min(miles, 15) / slow + max(miles - 15, 0) / fast)
    return total


def under_way(plan: list[Point], when: float, now: float) -> tuple[list[Point], float]:
    """What is left of a plan that began at ``when``, as far as that is plain without flying it.

    :returns: the rest of the plan and when that began, at or before ``now`` if ``when`` is.
    """
    for number, point in enumerate(plan):
        if point.label == "lining up" and point.until < now:
            return plan[number:], point.until
        if point.label == "lining up":
            return plan, when
    for number, (here, after) in enumerate(pairwise(plan)):
        lasts = duration([here, after])
        if when + lasts < now and after.how == FLY:
            when += lasts
            continue
        length = distance(here.place, after.place)
        level = length - max(here.alt - after.alt, 0) / 250 - 20
        skipped = min(max(now - when, 0) * here.gs / 3600, level)
        if skipped > 0:
            start = between(here.place, after.place, skipped / length)
            return [replace(here, lat=start[0], lon=start[1]), *plan[number + 1 :]], when + skipped * 3600 / here.gs
        return plan[number:], when
    return plan[-1:], when


# ---- those that go nowhere


def helicopter_round(rng: Random) -> list[Point]:
    """From Rotterdam airport to two hospitals and back; ends where it began."""
    base, roofs = (51.9530, 4.4390), [(51.9107, 4.4686), (51.7857, 4.6640), (52.0060, 4.3590), (51.8650, 4.5180)]
    plan = [Point(*base, 0, 0, STAND), Point(*base, 0, 0, STAND, wait=rng.uniform(5, 30), label="airborne")]
    plan.append(Point(*offset(base, 250, 0.4), 400, 70))
    for roof in rng.sample(roofs, 2):
        plan.append(Point(*offset(roof, rng.uniform(0, 360), 2.5), 900, 125))
        plan.append(Point(*roof, 350, 12))
        plan.append(Point(*roof, 300, 0, HOVER, wait=rng.uniform(30, 90), label="hovered"))
    plan += [Point(*offset(base, 120, 2.0), 700, 110), Point(*offset(base, 120, 0.05), 25, 10)]
    return [*plan, Point(*base, 0, 3, TAXI, label="landed"), Point(*base, 0, 0, STAND, label="round")]


def light_round(kind: Kind, rng: Random, home: Place, place: Place, alt: float) -> list[Point]:
    """From ``place`` over four points of the country around ``home``."""
    plan = [Point(*place, alt, kind.cruise)]
    for _ in range(4):
        spot = offset(home, rng.uniform(0, 360), rng.uniform(4, 15))
        plan.append(Point(*spot, rng.randint(kind.levels[0] // 5, kind.levels[1] // 5) * 500, kind.cruise))
    plan[-1].label = "round"
    return plan


def glider_day(rng: Random, place: Place, alt: float) -> list[Point]:
    """From ``place``: three times up in a thermal and on to the next, never far from Terlet."""
    home = (52.0572, 5.9244)
    plan = [Point(*place, alt, 60)]
    here = place
    for _ in range(3):
        plan.append(Point(*here, rng.randint(36, 52) * 100, 48, SPIRAL, label="thermal"))
        there = offset(home, rng.uniform(0, 360), rng.uniform(2, 8))
        lost = distance(here, there) * 210 + 200
        plan.append(Point(*there, max(plan[-1].alt - lost, 1500), 62))
        here = there
    plan[-1].label = "round"
    return plan


# ---- geometry


def _near(place: Place, miles: float, rng: Random) -> Place:
    return offset(place, rng.uniform(0, 360), miles * rng.random())


def _frame(place: Place, origin: Place, course: float) -> tuple[float, float]:
    """``place`` seen from ``origin`` looking along ``course``: miles to the right, miles ahead."""
    miles, angle = distance(origin, place), radians(bearing(origin, place) - course)
    return miles * sin(angle), miles * cos(angle)


def _beside(runway: Runway, along: float, side: int, aside: float = 0.1) -> Place:
    """A place on the taxiway beside a runway, to its right for ``side`` 1."""
    return offset(offset(runway.threshold, runway.course, along), runway.course + 90 * side, aside)
