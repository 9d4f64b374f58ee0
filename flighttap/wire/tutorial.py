"""Tutorial mode: ``{"data": {...}}``, one text frame a message, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable

from flighttap.aircraft.identity import has_address
from flighttap.aircraft.state import Aircraft
from flighttap.wire.frames import frame, header
from flighttap.wire.json_v1 import record
from flighttap.wire.messages import Flight, decode, encode, error

__all__ = ["Tutorial"]


class Tutorial:
    """The codec of the mode without a subprotocol.

    :param merged: show each object laid over what the room knows of its flight.
    """

    def __init__(self, merged: bool = False) -> None:
        self.merged = merged

    def data(self, raw: bytes) -> bytes:
        """The frame around one object, byte for byte as it was sent."""
        return b'%b{"data":%b}' % (header(9 + len(raw)), raw)

    def forwarded(self, flights: Iterable[Flight]) -> list[bytes]:
        """The frames for objects that a member sent, as they were sent."""
        return [b'%b{"data":%b}' % (header(9 + len(flight.raw)), flight.raw) for flight in flights]

    def laid_over(self, flight: Flight, aircraft: Aircraft | None, now: float) -> bytes:
        """The frame for an object that a member sent, laid over what the room knows.

        :param aircraft: the flight that it names; ``None`` for an event.
        """
        raw = flight.raw
        return self.data(raw if aircraft is None else encode(self.flight(aircraft, now) | decode(raw)))

    def flight(self, aircraft: Aircraft, now: float) -> dict[str, object]:
        """A flight under readsb's names, as its aircraft.json has them."""
        row = record(aircraft, now)
        if row.pop("on_ground", False):
            row["alt_baro"] = "ground"
        if not has_address(aircraft.key):
            kind, _, name = row.pop("key").partition(":")
            row.setdefault(kind, name)
        return row

    def newest(self, aircraft: Aircraft, now: float) -> bytes:
        """A flight for somebody who missed how it came about: the last object sent, else readsb's names."""
        if aircraft.sent is not None and not self.merged and not aircraft.received_since(aircraft.sent_seq):
            return self.data(aircraft.sent)
        return self.data(encode(self.flight(aircraft, now)))

    def error(self, code: str, text: str, retry_ms: int | None = None) -> bytes:
        """The answer to a sender whose message was not taken."""
        return frame(encode({"error": error(code, text, retry_ms=retry_ms)}))
