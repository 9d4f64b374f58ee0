"""The byte formats that receivers speak, each an incremental decoder: bytes in, observations out.

A format is one module here and one line in :data:`FORMATS`. Nothing in this
package does input or output or reads a clock, and no input makes it raise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from flighttap.aircraft.observation import Observation
from flighttap.formats.avr import AvrDecoder
from flighttap.formats.beast import BeastDecoder
from flighttap.formats.modes import ModesDecoder
from flighttap.formats.sbs import SbsDecoder

__all__ = ["FORMATS", "Decoder", "ModesDecoder"]


class Decoder(Protocol):
    """What every format offers.

    :param receiver: latitude and longitude of the antenna in degrees, if known.
    """

    stats: dict[str, int]
    """Counts by reason since the start; the same object for the decoder's life."""

    def __init__(self, receiver: tuple[float, float] | None = None) -> None: ...

    def feed(self, data: bytes, at: float) -> list[Observation]:
        """Take the next bytes of the stream, cut anywhere, at feed time ``at`` (seconds). Never raises."""
        ...

    @staticmethod
    def timeline(chunks: Iterable[bytes]) -> Iterator[tuple[float | None, bytes]]:
        """Cut a recording into whole messages, each with the recording's own time in seconds.

        Time never falls; it is ``None`` while the recording has said none.
        """
        ...


FORMATS: dict[str, type[Decoder]] = {
    "avr": AvrDecoder,
    "beast": BeastDecoder,
    "sbs": SbsDecoder,
}
"""Format name, as users write it, to its decoder."""
