"""Who flies in the simulated sky: operators, types, addresses, registrations, squawks.

Operators and their codes are made up; 24-bit addresses lie in the blocks that
ICAO gave to the countries (Annex 10 volume III, part I, table 9-1), and
registrations look as they do there. Nobody real is meant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random
from typing import TypeVar

__all__ = ["AIRCRAFT", "Identity", "Kind", "Registry"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of aircraft and how it flies.

    :param code: ICAO type designator.
    :param category: emitter category, ``A1`` to ``B7``.
    :param cruise: ground speed at its level, kt.
    :param levels: lowest and highest cruising level, hundreds of ft.
    :param climb: rate at sea level, ft/min.
    :param approach: speed over the threshold, kt.
    :param weight: how often it is met.
    """

    code: str
    description: str
    category: str
    cruise: int
    levels: tuple[int, int]
    climb: int
    approach: int
    weight: int


AIRCRAFT: dict[str, tuple[Kind, ...]] = {
    "airline": (
        Kind("A320", "AIRBUS A-320", "A3", 447, (330, 390), 2500, 137, 22),
        Kind("A20N", "AIRBUS A-320neo", "A3", 450, (340, 390), 2600, 136, 18),
        Kind("A321", "AIRBUS A-321", "A3", 450, (310, 370), 2300, 142, 10),
        Kind("B738", "BOEING 737-800", "A3", 453, (330, 400), 2600, 143, 22),
        Kind("B38M", "BOEING 737 MAX 8", "A3", 452, (340, 400), 2600, 144, 8),
        Kind("E190", "EMBRAER ERJ-190", "A3", 445, (330, 390), 2700, 130, 9),
        Kind("BCS3", "AIRBUS A-220-300", "A3", 447, (350, 400), 2700, 132, 6),
        Kind("AT76", "ATR 72-600", "A2", 272, (160, 230), 1400, 113, 5),
    ),
    "long haul": (
        Kind("B77W", "BOEING 777-300ER", "A5", 487, (310, 380), 2000, 147, 10),
        Kind("B789", "BOEING 787-9", "A5", 488, (360, 410), 2200, 142, 12),
        Kind("A359", "AIRBUS A-350-900", "A5", 488, (360, 410), 2200, 140, 9),
        Kind("A333", "AIRBUS A-330-300", "A5", 470, (340, 400), 2000, 138, 8),
        Kind("A388", "AIRBUS A-380-800", "A5", 489, (350, 400), 1800, 139, 2),
        Kind("B748", "BOEING 747-8", "A5", 490, (320, 380), 1900, 152, 2),
    ),
    "business": (
        Kind("C56X", "CESSNA 560XL Citation Excel", "A2", 425, (390, 430), 3200, 112, 5),
        Kind("GLEX", "BOMBARDIER BD-700 Global Express", "A3", 478, (410, 470), 3200, 118, 3),
        Kind("PC12", "PILATUS PC-12", "A1", 262, (200, 280), 1500, 88, 3),
        Kind("E55P", "EMBRAER EMB-505 Phenom 300", "A2", 430, (390, 430), 3200, 110, 4),
    ),
    "light": (
        Kind("C172", "CESSNA 172 Skyhawk", "A1", 104, (12, 25), 620, 62, 5),
        Kind("P28A", "PIPER PA-28 Cherokee", "A1", 112, (12, 30), 600, 66, 4),
        Kind("DR40", "ROBIN DR-400", "A1", 116, (10, 25), 700, 64, 2),
        Kind("DA40", "DIAMOND DA-40 Diamond Star", "A1", 126, (15, 35), 900, 70, 2),
    ),
    "helicopter": (Kind("EC35", "AIRBUS HELICOPTERS EC-135", "A7", 128, (7, 12), 1200, 40, 1),),
    "glider": (Kind("GLID", "Glider", "B1", 62, (15, 50), 0, 50, 1),),
}
"""What flies, by what it does."""

_BLOCKS: dict[str, tuple[int, int, str]] = {
    "NL": (0x484000, 0x485FFF, "PH-***"),
    "BE": (0x448000, 0x449FFF, "OO-***"),
    "GB": (0x400400, 0x407FFF, "G-****"),
    "FR": (0x380000, 0x39FFFF, "F-****"),
    "DE": (0x3C4000, 0x3CFFFF, "D-A***"),
    "IE": (0x4CA000, 0x4CAFFF, "EI-***"),
    "ES": (0x340000, 0x347FFF, "EC-***"),
    "IT": (0x300000, 0x303FFF, "I-****"),
    "CH": (0x4B0000, 0x4B3FFF, "HB-***"),
    "PT": (0x490000, 0x495FFF, "CS-T**"),
    "DK": (0x458000, 0x459FFF, "OY-***"),
    "SE": (0x4A8000, 0x4A9FFF, "SE-R**"),
    "NO": (0x478000, 0x479FFF, "LN-***"),
    "AT": (0x440000, 0x441FFF, "OE-L**"),
    "PL": (0x489000, 0x48AFFF, "SP-L**"),
    "TR": (0x4B8400, 0x4BAFFF, "TC-J**"),
    "AE": (0x896000, 0x896FFF, "A6-E**"),
    "US": (0xA00001, 0xADF7C7, "N###**"),
    "CA": (0xC00001, 0xC0FFFF, "C-F***"),
}
"""Country to first and last address used, and what its registrations look like: ``*`` a letter, ``#`` a digit."""

_OPERATORS: dict[str, tuple[tuple[str, str, int], ...]] = {
    "airline": (
        ("HLD", "NL", 16),
        ("ORJ", "NL", 6),
        ("ALN", "GB", 14),
        ("KES", "GB", 8),
        ("LTC", "FR", 13),
        ("MZR", "FR", 5),
        ("RHN", "DE", 13),
        ("HSE", "DE", 6),
        ("BRB", "BE", 7),
        ("SHK", "IE", 13),
        ("IBR", "ES", 7),
        ("TYR", "IT", 4),
        ("JUR", "CH", 5),
        ("LUZ", "PT", 4),
        ("NDC", "DK", 3),
        ("SVD", "SE", 3),
        ("FJD", "NO", 4),
        ("DNB", "AT", 3),
        ("VSL", "PL", 4),
        ("BSF", "TR", 5),
    ),
    "long haul": (
        ("HLD", "NL", 4),
        ("ALN", "GB", 5),
        ("LTC", "FR", 4),
        ("RHN", "DE", 4),
        ("LBY", "US", 6),
        ("HDS", "US", 3),
        ("MPL", "CA", 3),
        ("GLF", "AE", 5),
        ("BSF", "TR", 2),
    ),
}
"""What they fly to (code, country, how often); the others fly under their registrations."""

_T = TypeVar("_T", str, int)
_HOMES = ("NL", "BE", "GB", "FR", "DE")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_CALL_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
_KEPT_FREE = {"7500", "7600", "7700", "7777", "7000", "2000", "1200", "0000", "1000"}


@dataclass(frozen=True, slots=True)
class Identity:
    """One aircraft on one flight.

    :param icao: the 24-bit address.
    :param squawk: the code it was given.
    """

    icao: int
    callsign: str
    registration: str
    squawk: str
    kind: Kind

    @property
    def key(self) -> str:
        """Six lower-case hex digits."""
        return f"{self.icao:06x}"


class Registry:
    """Deals identities out so that no two in the sky share an address, callsign or squawk.

    :param rng: all its chances.
    """

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._taken: set[str | int] = set()

    def enlist(self, trade: str, only: Iterable[str] = ()) -> Identity:
        """A new identity.

        :param trade: a key of :data:`AIRCRAFT`.
        :param only: type codes to choose from; all of the trade where empty.
        """
        rng = self._rng
        kinds = [kind for kind in AIRCRAFT[trade] if not only or kind.code in only]
        (kind,) = rng.choices(kinds, [each.weight for each in kinds])
        operators = _OPERATORS.get(trade)
        code, country = "", rng.choice(_HOMES)
        if operators:
            ((code, country, _),) = rng.choices(operators, [each[2] for each in operators])
        low, high, pattern = _BLOCKS[country]
        icao = self._new(lambda: rng.randint(low, high))
        registration = self._new(lambda: self._spelt(pattern))
        callsign = self._new(lambda: self._called(code)) if code else registration.replace("-", "")
        squawk = "7000" if trade in ("light", "glider") else self._new(self._dealt)
        return Identity(icao, callsign, registration, squawk, kind)

    def retire(self, identity: Identity) -> None:
        """It left: what it used is free again."""
        self._taken -= {identity.icao, identity.registration, identity.callsign, identity.squawk}

    def _new(self, make: Callable[[], _T]) -> _T:
        """What ``make`` makes, tried until nobody has it."""
        made = make()
        while made in self._taken:
            made = make()
        self._taken.add(made)
        return made

    def _spelt(self, pattern: str) -> str:
        rng = self._rng
        return "".join(
            rng.choice(_LETTERS) if each == "*" else rng.choice("123456789") if each == "#" else each
            for each in pattern
        )

    def _called(self, code: str) -> str:
        """``HLD1234``, ``HLD45P`` or ``HLD7KX``, as flights are called in Europe."""
        rng = self._rng
        shape = rng.random()
        if shape < 0.45:
            return f"{code}{rng.randint(11, 9899)}"
        if shape < 0.8:
            return f"{code}{rng.randint(10, 999)}{rng.choice(_CALL_LETTERS)}"
        return f"{code}{rng.randint(1, 99)}{rng.choice(_CALL_LETTERS)}{rng.choice(_CALL_LETTERS)}"

    def _dealt(self) -> str:
        while True:
            squawk = f"{self._rng.randrange(0o100, 0o7000):04o}"
            if squawk not in _KEPT_FREE:
                return squawk
