"""Where the simulated sky is: airports, runways, holds and the edge, with plane geometry.

Coordinates of airports, runways and holding fixes are real (rounded to about
100 m, from aeronautical publications); which runways are in use is our choice:
a day of westerly wind. Lengths are nautical miles, angles degrees true.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, cos, degrees, hypot, radians, sin

__all__ = ["AIRPORTS", "CENTRE", "GATES", "Airport", "Place", "Runway", "bearing", "between", "distance", "offset"]

Place = tuple[float, float]
"""Latitude and longitude, degrees."""


def offset(place: Place, course: float, miles: float) -> Place:
    """The place that lies ``miles`` away on ``course``; good to a few metres over airport distances."""
    angle = radians(course)
    return (
        place[0] + miles * cos(angle) / 60,
        place[1] + miles * sin(angle) / (60 * cos(radians(place[0]))),
    )


def _plane(one: Place, other: Place) -> tuple[float, float]:
    """East and north from one place to the other, nautical miles."""
    shrink = cos(radians((one[0] + other[0]) / 2))
    return (other[1] - one[1]) * 60 * shrink, (other[0] - one[0]) * 60


def distance(one: Place, other: Place) -> float:
    """Nautical miles."""
    return hypot(*_plane(one, other))


def bearing(one: Place, other: Place) -> float:
    """Course from one place to the other, 0 ≤ x < 360."""
    return degrees(atan2(*_plane(one, other))) % 360


def between(one: Place, other: Place, part: float) -> Place:
    """The place that is ``part`` of the way, from 0 to 1, from one to the other."""
    return one[0] + (other[0] - one[0]) * part, one[1] + (other[1] - one[1]) * part


@dataclass(frozen=True, slots=True)
class Runway:
    """One direction of a runway, from its threshold to its far end."""

    name: str
    threshold: Place
    end: Place

    @property
    def course(self) -> float:
        """Direction of take-off and landing."""
        return bearing(self.threshold, self.end)

    @property
    def length(self) -> float:
        """Nautical miles."""
        return distance(self.threshold, self.end)


@dataclass(frozen=True, slots=True)
class Airport:
    """An airport and how it is used today.

    :param elevation: feet.
    :param apron: the middle of its stands.
    :param row: the direction in which stands lie side by side.
    :param landing, departing: runways in use, the busiest first.
    :param fixes: where arrivals leave the airways (and hold), each with a name.
    :param share: of all landings and take-offs.
    """

    name: str
    place: Place
    elevation: int
    apron: Place
    row: float
    landing: tuple[Runway, ...]
    departing: tuple[Runway, ...]
    fixes: tuple[tuple[str, Place], ...]
    share: float


CENTRE: Place = (50.8, 3.7)
_HALF_HEIGHT, _HALF_WIDTH = 2.9, 6.5

GATES: tuple[Place, ...] = tuple(
    (CENTRE[0] + _HALF_HEIGHT * sin(radians(angle)), CENTRE[1] + _HALF_WIDTH * cos(radians(angle)))
    for angle in range(0, 360, 20)
)
"""Points on the edge, an ellipse, where flights enter and leave; counted anticlockwise from the east."""

AIRPORTS: tuple[Airport, ...] = (
    Airport(
        "EHAM",
        (52.3086, 4.7639),
        -11,
        (52.3088, 4.7655),
        40,
        (
            Runway("18R", (52.3602, 4.7117), (52.3286, 4.7089)),
            Runway("18C", (52.3314, 4.7400), (52.3018, 4.7375)),
        ),
        (
            Runway("24", (52.3046, 4.7776), (52.2890, 4.7372)),
            Runway("18L", (52.3212, 4.7801), (52.2908, 4.7773)),
        ),
        (("ARTIP", (52.5108, 5.5692)), ("SUGOL", (52.5256, 3.9672)), ("RIVER", (51.9125, 4.1328))),
        0.25,
    ),
    Airport(
        "EGLL",
        (51.4706, -0.4619),
        83,
        (51.4715, -0.4570),
        0,
        (Runway("27L", (51.4650, -0.4341), (51.4648, -0.4826)),),
        (Runway("27R", (51.4777, -0.4332), (51.4775, -0.4850)),),
        (
            ("BNN", (51.7261, -0.5497)),
            ("LAM", (51.6461, 0.1517)),
            ("OCK", (51.3050, -0.4472)),
            ("BIG", (51.3308, 0.0347)),
        ),
        0.24,
    ),
    Airport(
        "LFPG",
        (49.0097, 2.5479),
        392,
        (49.0045, 2.5700),
        265,
        (
            Runway("27R", (49.0266, 2.5617), (49.0247, 2.5249)),
            Runway("26L", (48.9949, 2.6025), (48.9930, 2.5658)),
        ),
        (
            Runway("26R", (48.9988, 2.6102), (48.9957, 2.5528)),
            Runway("27L", (49.0237, 2.5703), (49.0206, 2.5131)),
        ),
        (
            ("northwest", (49.4900, 1.7600)),
            ("northeast", (49.4400, 3.4200)),
            ("southeast", (48.5600, 3.3300)),
            ("southwest", (48.6500, 1.6900)),
        ),
        0.20,
    ),
    Airport(
        "EDDF",
        (50.0333, 8.5706),
        364,
        (50.0490, 8.5700),
        70,
        (
            Runway("25L", (50.0401, 8.5865), (50.0275, 8.5342)),
            Runway("25R", (50.0457, 8.5337), (50.0371, 8.4972)),
        ),
        (
            Runway("18", (50.0345, 8.5259), (50.0013, 8.5264)),
            Runway("25C", (50.0451, 8.5870), (50.0326, 8.5346)),
        ),
        (
            ("KERAX", (50.4750, 9.5808)),
            ("northwest", (50.4700, 7.7500)),
            ("southwest", (49.6500, 7.8500)),
            ("southeast", (49.6000, 9.4300)),
        ),
        0.16,
    ),
    Airport(
        "EBBR",
        (50.9014, 4.4844),
        184,
        (50.8990, 4.4830),
        65,
        (Runway("25L", (50.8983, 4.5233), (50.8882, 4.4828)),),
        (Runway("25R", (50.9133, 4.5018), (50.8990, 4.4587)),),
        (("north", (51.2800, 4.7500)), ("FLO", (50.2433, 4.6453)), ("west", (50.9700, 3.6300))),
        0.09,
    ),
    Airport(
        "EGKK",
        (51.1481, -0.1903),
        202,
        (51.1570, -0.1710),
        80,
        (Runway("26L", (51.1506, -0.1718), (51.1458, -0.2117)),),
        (Runway("26L", (51.1506, -0.1718), (51.1458, -0.2117)),),
        (("TIMBA", (50.9456, 0.2617)), ("WILLO", (50.9850, -0.1917))),
        0.06,
    ),
)
