"""How a connection without a subprotocol talks: flight data in, flight data out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flighttap.errors import RateLimited, WireError
from flighttap.hub import Hub
from flighttap.rooms.member import Member, Wants
from flighttap.rooms.room import Room
from flighttap.rooms.view import Scope
from flighttap.wire.messages import Flight, read_flight
from flighttap.wire.tutorial import Tutorial

if TYPE_CHECKING:
    from flighttap.ws.protocol import RoomProtocol

__all__ = ["TutorialDialogue"]


class TutorialDialogue:
    """A member in tutorial mode: it watches from the start, where it may."""

    def __init__(self, protocol: RoomProtocol, hub: Hub, room: Room, member: Member) -> None:
        self._protocol = protocol
        self._hub = hub
        self._room = room
        self._member = member
        self._limits = hub.limits
        self._codec = Tutorial()
        self._taken: list[Flight] = []

    def opened(self) -> None:
        """Begin to watch, with the newest of each flight where that was asked for."""
        admission = self._protocol.admission
        self._member.cursor = 0 if admission.snapshot else None
        self._member.eseq = self._room.events.eseq
        self._hub.attendance.resumed(self._room, self._member, admission.session)
        if "watch" in self._protocol.standing.roles:
            wants = Wants("", admission.hz, merged=admission.merged)
            self._hub.seats.watch(self._member, wants, Scope(admission.area))

    def message(self, payload: bytes) -> None:
        """Take an object of flight data; it is published with the others that were read with it.

        :raises WireError: it is not taken.
        """
        protocol = self._protocol
        standing = protocol.standing
        standing.need("publish")
        protocol.take_publish()
        limits = self._limits
        flight = read_flight(payload, limits)
        if standing.limited:
            standing.take_flights((flight.key,), self._hub.clock.seconds())
        taken = self._taken
        if len(self._room.aircraft) + len(taken) < limits.aircraft:
            taken.append(flight)
        else:  # one by one, so that only what finds no place is refused
            self.settle()
            self._hub.publish(self._room.name, [flight], self._member)

    def settle(self) -> None:
        """Publish what was taken."""
        if self._taken:
            taken, self._taken = self._taken, []
            self._hub.publish(self._room.name, taken, self._member)

    def problem(self, problem: WireError) -> None:
        """Tell the sender, and nobody else."""
        retry_ms = problem.retry_ms if isinstance(problem, RateLimited) else None
        self._protocol.reply(self._codec.error(problem.code, str(problem), retry_ms))

    def drain(self, after_ms: int, spread_ms: int) -> None:
        """Close; nothing but flight data is ever said here."""
        self._protocol.close(1001, "The server is stopping.")
