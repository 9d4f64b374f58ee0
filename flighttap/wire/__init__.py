"""What travels: messages in, frames out, one module an encoding.

:data:`ENCODINGS` says which codec speaks which WebSocket subprotocol;
:data:`TUTORIAL` has the two of tutorial mode, which has none: objects as sent,
and merged.
"""

from __future__ import annotations

from collections.abc import Callable

from flighttap.wire.binary_v1 import BinaryV1
from flighttap.wire.json_v1 import JsonV1
from flighttap.wire.tutorial import Tutorial

__all__ = ["ENCODINGS", "TUTORIAL"]

ENCODINGS: dict[str, Callable[[frozenset[str] | None, bool], JsonV1]] = {
    JsonV1.subprotocol: JsonV1,
    BinaryV1.subprotocol: lambda fields, deflate: BinaryV1(),
}
TUTORIAL = {merged: Tutorial(merged) for merged in (False, True)}
