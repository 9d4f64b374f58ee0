"""WebSocket frames of the server's side, made once and written to many (RFC 6455, RFC 7692)."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from functools import lru_cache

__all__ = ["BINARY", "TEXT", "compressed", "deflated", "frame", "header", "stored"]

TEXT = 0x81
"""First byte of an unfragmented text frame."""
BINARY = 0x82
COMPRESSED = 0xC1
_STORED_MAX = 65535


@lru_cache(4096)
def header(size: int, first: int = TEXT) -> bytes:
    """What stands before a payload of so many bytes, which is not masked.

    :param first: FIN, reserved bits and opcode.
    """
    if size < 126:
        return bytes((first, size))
    if size < 65536:
        return bytes((first, 126)) + size.to_bytes(2, "big")
    return bytes((first, 127)) + size.to_bytes(8, "big")


def frame(payload: bytes, first: int = TEXT) -> bytes:
    """One unmasked frame around a payload; ``first`` as for :func:`header`."""
    return header(len(payload), first) + payload


def deflated(data: bytes) -> bytes:
    """A raw-deflate chunk that stands alone and can be followed by others (RFC 1951).

    It is flushed to a byte's edge and uses no history, so chunks concatenate.
    """
    compressor = zlib.compressobj(6, zlib.DEFLATED, -15)
    return compressor.compress(data) + compressor.flush(zlib.Z_SYNC_FLUSH)


def stored(data: bytes) -> bytes:
    """The same for what is too small to gain: stored blocks (RFC 1951, 3.2.4)."""
    blocks = []
    for start in range(0, len(data), _STORED_MAX):
        block = data[start : start + _STORED_MAX]
        blocks.append(b"\0" + len(block).to_bytes(2, "little") + (len(block) ^ 0xFFFF).to_bytes(2, "little") + block)
    return b"".join(blocks)


def compressed(chunks: Sequence[bytes]) -> bytes:
    """A text frame of raw-deflate chunks under permessage-deflate.

    The peer appends ``00 00 ff ff`` before it inflates (RFC 7692, 7.2.2): with the
    last byte here that is an empty stored block.
    """
    return frame(b"".join(chunks) + b"\0", COMPRESSED)
