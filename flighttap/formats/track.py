"""What must be remembered of one transmitter between its messages, above all to place it.

A position message alone is ambiguous (see :mod:`flighttap.formats.cpr`). A
:class:`Track` is first placed by an even and an odd message together, or on the
surface by a reference; from then on each message is read next to the last
position and believed only if the aircraft could have flown there.

Trust makes this hold both ways. Each believed message adds one (up to four),
each impossible one takes two; at nothing the position is given up and found
anew from a pair. So one stray message moves nobody, and a wrong first position
does not last: read next to a wrong place, even and odd messages land kilometres
apart and contradict each other.

The only clock is ``at``, the feed's own time in seconds.
"""

from __future__ import annotations

from math import cos, hypot, radians

from flighttap.formats.cpr import AIRBORNE, SURFACE, Position, band, local, pair, zones

__all__ = ["WHOLE", "Track"]

_NEVER = -1e18

WHOLE = 1.5 * 2.0**52
"""Added to a number and taken away again, it leaves the nearest whole one, several times as fast as ``round``.

There a double has no bits left for fractions. Good for numbers up to 2**51.
"""

_MEMORY = 600.0
"""Seconds for which a last position serves as the reference of the next."""

_STALE = 60.0
_BACKWARDS = -10.0
_TRUST_MAX = 4
_TRUST_LOST = 2

# How old the partner of a pair may be, seconds (DO-260B A.1.7.7; A.1.7.8 on the surface, above and below 25 knots).
_PAIR_AIRBORNE = 10.0
_PAIR_SURFACE = 25.0
_PAIR_SLOW = 50.0
_SLOW = 25.0

_METRES = 111_195.0
_REACH = 555_600.0  # 300 nautical miles: what no antenna hears beyond
_AROUND = 45_000.0  # how far an antenna 120 m up sees the ground: there one surface message is placed by it alone
_SPEED_AIRBORNE = 515.0  # metres a second: 1000 knots
_SPEED_SURFACE = 110.0
_JITTER = 2.5  # seconds by which arrival may be late or bunched
_CLIMB = 400.0  # feet a second
_ODD_ZONE = 360.0 / 59
_WIDTHS = tuple(360.0 / max(count, 1) for count in range(60))  # of so many zones, where none counts as one
_REACHED_AIRBORNE = _SPEED_AIRBORNE / _METRES  # degrees of latitude a second


class Track:
    """One transmitter as one kind of message shows it.

    :param key: whom observations are about: ``4ca7b5`` or ``~4ca7b5``.
    :param receiver: latitude and longitude of the antenna, if known.
    :param stats: the decoder's counts; ``no_reference``, ``implausible`` and
        ``out_of_range`` are raised here.
    """

    __slots__ = (
        "alt",
        "alt_at",
        "alt_said",
        "alt_said_at",
        "band_north",
        "band_south",
        "callsign_said",
        "clean",
        "diff",
        "diff_at",
        "even",
        "even_at",
        "ground_field",
        "heading_field",
        "heads",
        "heard",
        "key",
        "lat",
        "lon",
        "nic_a",
        "nic_c",
        "nic_seen",
        "nic_value",
        "odd",
        "odd_at",
        "on_surface",
        "placed",
        "receiver",
        "slow",
        "squawk",
        "squawk_said",
        "stats",
        "status",
        "trust",
        "version",
        "zone_even",
        "zone_odd",
    )

    def __init__(self, key: str, receiver: Position | None, stats: dict[str, int]) -> None:
        self.key = key
        self.receiver = receiver
        self.stats = stats
        self.heads: list[int] = []
        self.heard = _NEVER
        self.clean = _NEVER
        self.lat = self.lon = 0.0
        self.placed = _NEVER
        self.band_south = self.band_north = 0.0
        self.zone_even = self.zone_odd = 0.0
        self.trust = 0
        self.on_surface = False
        self.slow = False
        self.even = self.odd = (0.0, 0.0)
        self.even_at = self.odd_at = _NEVER
        self.alt = 0
        self.alt_at = _NEVER
        self.diff = 0
        self.diff_at = _NEVER
        self.version = 0
        self.nic_a = self.nic_c = 0
        self.nic_seen = -1
        self.nic_value = (0, 0)
        self.status = 0
        self.heading_field = "mag_heading"
        self.ground_field = "track"
        self.callsign_said: tuple[str, float] | None = None
        self.alt_said = 0
        self.alt_said_at = _NEVER
        self.squawk = self.squawk_said = ""

    def last(self) -> float:
        """When the transmitter was last heard: by a message that proves itself, or by any other."""
        return self.clean if self.clean > self.heard else self.heard

    def airborne(self, odd: int, lat_part: float, lon_part: float, at: float) -> bool:
        """Take an airborne position message; true if ``lat`` and ``lon`` now are where it was sent."""
        if self.on_surface:
            self.on_surface = False
            self.even_at = self.odd_at = _NEVER
        if odd:
            self.odd = (lat_part, lon_part)
            self.odd_at = at
            size = _ODD_ZONE
        else:
            self.even = (lat_part, lon_part)
            self.even_at = at
            size = 6.0
        gap = at - self.placed
        if not self.trust or not _BACKWARDS < gap < _MEMORY:
            self.trust = 0
            return self._pair(odd, at, AIRBORNE, _PAIR_AIRBORNE, _SPEED_AIRBORNE)
        # cpr.local and the happy end of _believe written out: this is the hottest path of all.
        before = self.lat
        lat = size * (before / size - lat_part + WHOLE - WHOLE + lat_part)
        if not self.band_south < lat < self.band_north:
            self._enter_band(lat)
        size = self.zone_odd if odd else self.zone_even
        lon = size * (self.lon / size - lon_part + WHOLE - WHOLE + lon_part)
        if 0 <= gap <= _STALE and -180 <= lon < 180:
            north = lat - before
            east = lon - self.lon  # not shortened by the latitude, so this only ever errs on the safe side
            reach = (gap + _JITTER) * _REACHED_AIRBORNE
            if north * north + east * east <= reach * reach and -90 <= lat <= 90:
                if self.trust < _TRUST_MAX:
                    self.trust += 1
                self.lat = lat
                self.lon = lon
                self.placed = at
                return True
        return self._believe(odd, lat, lon, at, gap, AIRBORNE, _PAIR_AIRBORNE, _SPEED_AIRBORNE)

    def _enter_band(self, lat: float) -> None:
        """Remember how wide the longitude zones are around a latitude, and from where to where."""
        count = zones(lat)
        self.zone_even = _WIDTHS[count]
        self.zone_odd = _WIDTHS[count - 1]
        self.band_south, self.band_north = band(lat)

    def surface(self, odd: int, lat_part: float, lon_part: float, at: float, gs: float | None) -> bool:
        """Take a surface position message; true if ``lat`` and ``lon`` now are where it was sent.

        :param gs: the ground speed of the same message, knots.
        """
        if not self.on_surface:
            self.on_surface = True
            self.even_at = self.odd_at = _NEVER
        if odd:
            self.odd = (lat_part, lon_part)
            self.odd_at = at
        else:
            self.even = (lat_part, lon_part)
            self.even_at = at
        window = _PAIR_SLOW if gs is not None and gs <= _SLOW and self.slow else _PAIR_SURFACE
        self.slow = gs is not None and gs <= _SLOW
        if self.trust:
            gap = at - self.placed
            if _BACKWARDS < gap < _MEMORY:
                lat, lon = local(odd, lat_part, lon_part, self.lat, self.lon, SURFACE)
                return self._believe(odd, lat, lon, at, gap, SURFACE, window, _SPEED_SURFACE)
            self.trust = 0
        if self._region(at) is not None:
            if self._pair(odd, at, SURFACE, window, _SPEED_SURFACE):
                return True
            if abs(self.even_at - self.odd_at) <= window:
                return False  # with both parities at hand one message alone can only be worse
        if self.receiver is not None:
            lat, lon = local(odd, lat_part, lon_part, *self.receiver, SURFACE)
            if _distance(self.receiver, (lat, lon)) <= _AROUND:
                return self._adopt(lat, lon, at)
        self.stats["no_reference"] += 1
        return False

    def credible_altitude(self, alt: int, at: float) -> bool:
        """Whether a reply's altitude fits what was last believed, or at least what the last reply said.

        Noise now and then carries an address that is there; it does not say the
        same thing twice.
        """
        last, last_at = self.alt_said, self.alt_said_at
        self.alt_said, self.alt_said_at = alt, at
        if (
            abs(at - self.alt_at) <= _STALE
            and abs(alt - self.alt) > _CLIMB * (abs(at - self.alt_at) + _JITTER)
            and (abs(at - last_at) > _STALE or abs(alt - last) > _CLIMB * (abs(at - last_at) + _JITTER))
        ):
            return False
        self.alt, self.alt_at = alt, at
        return True

    def credible_squawk(self, squawk: str) -> bool:
        """Whether a reply's squawk is the known one, the first one, or a new one that was said before."""
        if self.squawk in ("", squawk) or self.squawk_said == squawk:
            self.squawk = self.squawk_said = squawk
            return True
        self.squawk_said = squawk
        return False

    def _believe(
        self, odd: int, lat: float, lon: float, at: float, gap: float, span: float, window: float, speed: float
    ) -> bool:
        """Take a position read next to the last one if it could have been reached; else doubt."""
        east = (lon - self.lon) * cos(radians(lat))
        north = lat - self.lat
        reach = ((gap if gap > 0 else 0.0) + _JITTER) * speed / _METRES
        if north * north + east * east <= reach * reach and -90 <= lat <= 90:
            if gap > _STALE:
                self.trust = 1
            elif self.trust < _TRUST_MAX:
                self.trust += 1
            self.lat = lat
            self.lon = lon if -180 <= lon < 180 else (lon + 180) % 360 - 180
            self.placed = at
            return True
        self.stats["implausible"] += 1
        self.trust -= _TRUST_LOST
        if self.trust > 0:
            return False
        self.trust = 0
        return self._pair(odd, at, span, window, speed)

    def _region(self, at: float) -> Position | None:
        """A place in the same quarter of the globe, which is all that a surface pair lacks.

        For that a position that was lately given up is still good.
        """
        if self.receiver is not None:
            return self.receiver
        return (self.lat, self.lon) if abs(at - self.placed) < _MEMORY else None

    def _pair(self, odd: int, at: float, span: float, window: float, speed: float) -> bool:
        """Place the track anew from its last even and odd message, if they are fresh and agree."""
        if not (abs(at - self.even_at) <= window and abs(at - self.odd_at) <= window):
            return False
        found = pair(self.even, self.odd, span, self._region(at) if span == SURFACE else None)
        if found is None:
            return False
        newer, older = (found[1], found[0]) if odd else found
        gap = abs(self.even_at - self.odd_at)
        if _distance(newer, older) > (gap + _JITTER) * speed:
            self.stats["implausible"] += 1
            return False
        return self._adopt(*newer, at)

    def _adopt(self, lat: float, lon: float, at: float) -> bool:
        if not -90 <= lat <= 90:
            return False
        lon = (lon + 180) % 360 - 180
        if self.receiver is not None and _distance(self.receiver, (lat, lon)) > _REACH:
            self.stats["out_of_range"] += 1
            return False
        self.lat, self.lon = lat, lon
        self.placed = at
        self.trust = 1
        return True


def _distance(one: Position, other: Position) -> float:
    """Metres between two places; plane geometry, good to a percent over the distances compared here."""
    east = (one[1] - other[1] + 180) % 360 - 180
    return hypot(one[0] - other[0], east * cos(radians((one[0] + other[0]) / 2))) * _METRES
