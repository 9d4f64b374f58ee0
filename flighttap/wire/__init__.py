"""What travels: messages in, frames out, one module an encoding.

:data:`ENCODINGS` says which codec speaks which WebSocket subprotocol; tutorial
mode is the one without a subprotocol.
"""

from __future__ import annotations

from flighttap.wire.json_v1 import JsonV1

__all__ = ["ENCODINGS"]

ENCODINGS: dict[str, JsonV1] = {JsonV1.subprotocol: JsonV1()}
