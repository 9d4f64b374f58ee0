"""What a token or a line of the key file says, read into a :class:`~flighttap.access.grant.Grant`."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from flighttap.access.grant import Grant
from flighttap.errors import BadField
from flighttap.rooms.policy import ROLES

__all__ = ["MOST_ROOMS", "read_grant"]

MOST_ROOMS = 100
"""Patterns in one token."""

_PATTERN = re.compile(r"[A-Za-z0-9_*?][A-Za-z0-9_*?-]{0,79}\Z")


def read_grant(said: Mapping[str, Any], subject: str, identity: str, expires: float | None) -> Grant:
    """Read ``rooms``, ``roles``, ``rate`` and ``flights``; other names are left alone.

    :raises BadField: one is missing or wrong; the text is a sentence that quotes nothing.
    """
    rooms, roles = _texts(said.get("rooms")), _texts(said.get("roles"))
    if not rooms or len(rooms) > MOST_ROOMS or not all(map(_PATTERN.match, rooms)):
        raise BadField("rooms must be a list of room names, in which * and ? may stand for any.")
    if not roles or set(roles) - set(ROLES):
        raise BadField(f"roles must be a list of some of {', '.join(ROLES)}.")
    rate, flights = said.get("rate"), said.get("flights")
    if rate is not None and not (_number(rate) and 0 < rate < math.inf):
        raise BadField("rate must be a number above 0, messages a second.")
    if flights is not None and not (_number(flights) and flights == int(flights) and flights >= 1):
        raise BadField("flights must be a whole number, 1 or more.")
    return Grant(
        subject,
        identity,
        frozenset(roles),
        rooms,
        expires,
        None if rate is None else float(rate),
        None if flights is None else int(flights),
    )


def _texts(value: object) -> tuple[str, ...]:
    """The texts of a list that holds nothing else; none where it is no such list."""
    return tuple(value) if isinstance(value, list) and all(isinstance(each, str) for each in value) else ()


def _number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
