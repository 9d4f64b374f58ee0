"""Whom a message is about: the key of a flight.

A key is six lower-case hex digits for an ICAO 24-bit address, ``~`` and six for
another 24-bit address, ``flight:RYR12AB`` for a callsign or ``id:7`` for any
other name. Kinds are never merged.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from flighttap.errors import BadField

__all__ = ["NON_ICAO", "NO_ADDRESS", "address_of", "has_address", "key_field", "key_of", "parse_key"]

NON_ICAO = 1 << 24
"""Bit of :func:`address_of`: ICAO did not give the address out."""
NO_ADDRESS = -1

_ADDRESS = re.compile(r"~?[0-9a-f]{6}\Z")
_ADDRESS_NAMES = ("hex", "icao", "icao24")
_CALLSIGN_NAMES = ("flight", "callsign")
_CALLSIGN_MAX = 16
_ID_MAX = 64
_REMEMBERED_MOST = 8
"""Characters of an address as it was written that is remembered."""


def key_of(said: Mapping[str, Any]) -> str | None:
    """The key of the flight that an object names, or ``None`` when it names none.

    The first present of ``hex|icao|icao24``, ``flight|callsign``, ``id`` decides.

    :raises BadField: the name is present but malformed.
    """
    for name in _ADDRESS_NAMES:
        if name in said:
            return _address(name, said[name])
    for name in _CALLSIGN_NAMES:
        if name in said:
            value = said[name]
            text = value.strip().upper() if isinstance(value, str) else ""
            if not 0 < len(text) <= _CALLSIGN_MAX:
                raise BadField(f"{name} must be a text of 1 to {_CALLSIGN_MAX} characters.")
            return f"flight:{text}"
    if "id" in said:
        value = said["id"]
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**_ID_MAX:
            value = str(value)
        if not isinstance(value, str) or not 0 < len(value) <= _ID_MAX:
            raise BadField(f"id must be a text of 1 to {_ID_MAX} characters or a whole number.")
        return f"id:{value}"
    return None


def parse_key(text: object) -> str:
    """A key as a peer wrote it, in its one true form.

    :raises BadField: it is no key.
    """
    if isinstance(text, str):
        if text.startswith("flight:"):
            return key_of({"flight": text[7:]}) or ""
        if text.startswith("id:"):
            return key_of({"id": text[3:]}) or ""
    return _address("key", text)


def has_address(key: str) -> bool:
    """Whether the key is a 24-bit address (ICAO or not)."""
    return ":" not in key


def address_of(key: str) -> int:
    """The 24 bits of a key's address, with :data:`NON_ICAO`; :data:`NO_ADDRESS` where it has none."""
    if not has_address(key):
        return NO_ADDRESS
    return int(key[-6:], 16) | (NON_ICAO if key[0] == "~" else 0)


def key_field(key: str) -> str:
    """The wire name under which a record carries its key: ``hex`` or ``key``."""
    return "key" if ":" in key else "hex"


def _address(name: str, value: object) -> str:
    if isinstance(value, str):
        address = (_lowered_remembered if len(value) <= _REMEMBERED_MOST else _lowered)(value)
        if address is not None:
            return address
    raise BadField(f"{name} must be six hex digits, with ~ in front if it is not an ICAO address.")


def _lowered(text: str) -> str | None:
    address = text.strip().lower()
    return address if _ADDRESS.match(address) else None


_lowered_remembered = lru_cache(16384)(_lowered)
