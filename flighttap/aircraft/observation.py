"""One thing that one source said about one aircraft at one moment."""

from __future__ import annotations

from typing import Any

import msgspec

__all__ = ["LOOKED_UP", "MEMBER_RANK", "RANK", "SOURCES", "Observation"]

SOURCES = (
    "adsb_icao",
    "adsb_icao_nt",
    "adsr_icao",
    "tisb_icao",
    "adsc",
    "mlat",
    "other",
    "mode_s",
    "adsb_other",
    "adsr_other",
    "tisb_other",
    "tisb_trackfile",
    "member",
)
"""How something was learned, best first: readsb's ``type`` in its order (README-json.md), then members."""

RANK: dict[str, int] = {source: rank for rank, source in enumerate(SOURCES)}
"""Source to its place in :data:`SOURCES`; a lower number wins."""
MEMBER_RANK = RANK["member"]
LOOKED_UP = len(SOURCES)
"""The rank of what no source said: it was looked up by the address. Anything said wins over it."""


class Observation(msgspec.Struct, gc=False):
    """What a decoder or a member said, before anything is believed.

    :param key: whom it is about: ``4ca7b5``, ``~abc123``, ``flight:RYR12AB`` or ``id:7``.
    :param at: feed time in monotonic seconds: arrival for a live feed, the
        recording's own time for a replayed one. Only compared within one feed.
    :param source: one of :data:`SOURCES`.
    :param values: field name to value, names and units of :mod:`flighttap.aircraft.fields`,
        floats already rounded to the field's ``decimals``. Empty when the
        aircraft was merely heard.
    :param rssi: signal strength in dBFS, where the format has it.
    """

    key: str
    at: float
    source: str
    values: dict[str, Any]
    rssi: float | None = None
