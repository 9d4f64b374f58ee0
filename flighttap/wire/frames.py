"""WebSocket frames of the server's side, made once and written to many (RFC 6455, section 5.2)."""

from __future__ import annotations

__all__ = ["TEXT", "frame"]

TEXT = 0x81
"""First byte of an unfragmented text frame."""


def frame(payload: bytes, first: int = TEXT) -> bytes:
    """One unmasked frame around a payload.

    :param first: FIN, reserved bits and opcode.
    """
    size = len(payload)
    if size < 126:
        return bytes((first, size)) + payload
    if size < 65536:
        return bytes((first, 126)) + size.to_bytes(2, "big") + payload
    return bytes((first, 127)) + size.to_bytes(8, "big") + payload
