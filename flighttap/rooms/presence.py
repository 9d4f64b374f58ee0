"""Who is in a room, counted so that a quick reconnect does not show."""

from __future__ import annotations

__all__ = ["LINGER", "Presence"]

LINGER = 5.0
"""Seconds after its socket closed until a member has left for the others."""


class Presence:
    """The members of one room by session.

    ``pseq`` rises with every change of the count.
    """

    __slots__ = ("_leaving", "_sockets", "pseq")

    def __init__(self) -> None:
        self._sockets: dict[str, int] = {}
        self._leaving: dict[str, float] = {}
        self.pseq = 0

    @property
    def count(self) -> int:
        return len(self._sockets)

    def arrive(self, session: str) -> None:
        """A socket of a session opened."""
        if session not in self._sockets:
            self.pseq += 1
        self._leaving.pop(session, None)
        self._sockets[session] = self._sockets.get(session, 0) + 1

    def rename(self, old: str, new: str) -> None:
        """A socket turned out to be a session that was here before."""
        if old == new:
            return
        self.arrive(new)
        self._sockets[old] -= 1
        if not self._sockets[old]:
            del self._sockets[old]
            self.pseq += 1

    def depart(self, session: str, now: float) -> None:
        """A socket of a session closed."""
        self._sockets[session] -= 1
        if not self._sockets[session]:
            self._leaving[session] = now + LINGER

    def settle(self, now: float) -> None:
        """Let those go whose time to come back is over."""
        for session, due in list(self._leaving.items()):
            if due <= now:
                del self._leaving[session]
                del self._sockets[session]
                self.pseq += 1
