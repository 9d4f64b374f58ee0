"""What a lane needs of an encoding."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from flighttap.aircraft.state import Aircraft
from flighttap.rooms.events import Event

__all__ = ["Codec", "Piece"]


class Piece(Protocol):
    """Some records, encoded: opaque to the rooms."""


class Codec(Protocol):
    """An encoding that follows the room by updates, put together from pieces.

    :ivar saved: bytes by which what it framed so far is shorter than before it was deflated.
    """

    saved: int

    @property
    def key(self) -> object:
        """Equal for codecs whose pieces and frames are the same."""

    def full(self, flights: Iterable[Aircraft], now: float) -> list[Any]:
        """Whole records, as pieces of bounded size."""

    def delta(self, flights: Iterable[Aircraft], base: int, now: float) -> list[Any]:
        """What changed of them after ``base``, as pieces of bounded size."""

    def detail(self, flights: Iterable[Aircraft], now: float) -> list[Any]:
        """Whole records with all fields, as pieces of bounded size."""

    def snapshot(self, head: dict[str, Any], pieces: Sequence[Any]) -> list[bytes]:
        """The frames of a snapshot."""

    def update(
        self,
        head: dict[str, Any],
        removed: Sequence[str],
        out: Sequence[str],
        full: Sequence[Any],
        changed: Sequence[Any],
        detail: Sequence[Any] = (),
        follow: int = 0,
    ) -> list[bytes]:
        """The frames of an update, of which ``follow`` more come after these."""

    def events(self, lost: tuple[int, int] | None, events: Iterable[Event]) -> list[bytes]:
        """Frames of events."""

    def heartbeat(self, seq: int, eseq: int, wall: float) -> bytes:
        """The frame that says: you are here, and nothing is new."""
