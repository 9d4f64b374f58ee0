"""Who is in a room: a versioned table of its members, told as a list or as a number.

A member is its session, which only itself knows; others see a short public id
and the name that it gave itself. ``pseq`` rises with every change. Those who want
to know are told at most once in ``EVERY`` seconds what changed since they were
told last; one that missed it is told everything, once.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from flighttap.errors import BadField
from flighttap.rooms.member import Member

__all__ = ["EVERY", "LINGER", "Presence", "read_name"]

LINGER = 5.0
"""Seconds after its last socket closed until a member has left for the others."""
EVERY = 1.0
"""Seconds that at least pass between two messages of a room about who is there."""

_JOINERS = "\u200c\u200d"
_EDGES = re.compile(rf"\A[\s{_JOINERS}]+|[\s{_JOINERS}]+\Z")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def read_name(said: object, most: int) -> str | None:
    """A display name, trimmed; nothing said is no name.

    Letters of every script are taken. What is not seen but moves or hides other
    text (control and formatting characters, line separators, lone surrogates) is
    not; the two joiners, which some scripts are written with, are.

    :param most: characters that it may have.
    :raises BadField: it is no name.
    """
    if said is None:
        return None
    if not isinstance(said, str):
        raise BadField("name must be a text.")
    name = _EDGES.sub("", said)
    if len(name) > most:
        raise BadField(f"name may have {most} characters.")
    if any(unicodedata.category(character) in _UNSEEN and character not in _JOINERS for character in name):
        raise BadField("name may have no control or formatting characters.")
    return name or None


@dataclass(slots=True)
class _Present:
    """One member: what others see of it, the change that made it so, and its open sockets."""

    id: str
    pseq: int
    name: str | None = None
    sockets: int = 0

    def shown(self) -> dict[str, str]:
        return {"id": self.id} if self.name is None else {"id": self.id, "name": self.name}


class Presence:
    """The members of one room by session, and who is told of them.

    :param most: members up to which they are listed; more are only counted.
    :ivar pseq: the number of changes so far.
    """

    __slots__ = (
        "_counted",
        "_gone",
        "_holders",
        "_leaving",
        "_listeners",
        "_most",
        "_present",
        "_told",
        "_told_at",
        "pseq",
    )

    def __init__(self, most: int) -> None:
        self._most = most
        self._present: dict[str, _Present] = {}
        self._leaving: dict[str, float] = {}
        self.pseq = 0
        self._counted = 0  # the last change of the count
        self._told = 0  # those who listen were told everything up to this change
        self._told_at = float("-inf")
        self._gone: list[str] = []  # public ids that went after it
        self._listeners: dict[Member, bool] = {}  # whether the list is wanted
        self._holders: set[Member] = set()  # those who have a list, and need to be told only what changed

    @property
    def count(self) -> int:
        """How many members there are."""
        return len(self._present)

    @property
    def listed(self) -> bool:
        """Whether they are few enough to be listed."""
        return len(self._present) <= self._most

    # Who is there

    def id_of(self, session: str) -> str | None:
        """The public id of a session that is here or was a moment ago."""
        present = self._present.get(session)
        return None if present is None else present.id

    def name_of(self, session: str) -> str | None:
        """What a session that is here calls itself."""
        present = self._present.get(session)
        return None if present is None else present.name

    def arrive(self, session: str, public_id: str) -> None:
        """A socket of a session is here; the id counts if the session was not."""
        present = self._present.get(session)
        if present is None:
            self.pseq += 1
            self._counted = self.pseq
            present = self._present[session] = _Present(public_id, self.pseq)
        present.sockets += 1
        self._leaving.pop(session, None)

    def depart(self, session: str, now: float) -> None:
        """A socket of a session closed; the member leaves only if none comes back."""
        present = self._present[session]
        present.sockets -= 1
        if not present.sockets:
            self._leaving[session] = now + LINGER

    def disown(self, session: str) -> None:
        """A socket of a session turned out to be another's."""
        present = self._present[session]
        present.sockets -= 1
        if not present.sockets:
            self._remove(session)

    def settle(self, now: float) -> None:
        """Let those go whose time to come back is over."""
        while self._leaving:
            session, due = next(iter(self._leaving.items()))
            if due > now:
                break
            del self._leaving[session]
            self._remove(session)

    def name(self, session: str, name: str | None) -> None:
        """Give a member that is here a name, or none."""
        present = self._present[session]
        if present.name != name:
            self.pseq += 1
            present.name = name
            present.pseq = self.pseq

    def _remove(self, session: str) -> None:
        self.pseq += 1
        self._counted = self.pseq
        self._gone.append(self._present.pop(session).id)

    # Who is told

    def listen(self, member: Member, to_list: bool) -> bool:
        """Tell a member from now on of the list or of the count; false where it is told so already."""
        if self._listeners.get(member) == to_list:
            return False
        self._listeners[member] = to_list
        member.pseq = -1
        return True

    def ignore(self, member: Member) -> None:
        """Tell a member nothing any more."""
        self._listeners.pop(member, None)
        self._holders.discard(member)

    def lacks(self, member: Member) -> bool:
        """Whether there is something that a member wants to know and was not told."""
        to_list = self._listeners.get(member)
        return to_list is not None and member.pseq < (self.pseq if to_list and self.listed else self._counted)

    def whole(self, member: Member) -> dict[str, Any]:
        """All that a member wants to know, as a message to be written to it now."""
        member.pseq = self.pseq
        if self._listeners.get(member) and self.listed:
            self._holders.add(member)
            return self._whole()
        self._holders.discard(member)
        return self._head()

    def due(self) -> float | None:
        """Hub time at which to :meth:`flush`; ``None``: nothing is new."""
        return None if self.pseq == self._told else self._told_at + EVERY

    def flush(self, now: float) -> list[tuple[dict[str, Any], list[Member]]]:
        """What is new, as messages and the members that each is to be written to now."""
        base, self._told, self._told_at = self._told, self.pseq, now
        gone, self._gone = self._gone, []
        counted: list[Member] = []
        changed: list[Member] = []
        begun: list[Member] = []
        for member, to_list in self._listeners.items():
            if member.full or not self.lacks(member):
                continue  # one that is full is told everything when it drains
            member.pseq = self.pseq
            (counted if not (to_list and self.listed) else changed if member in self._holders else begun).append(member)
        self._holders.difference_update(counted)
        self._holders.update(begun)
        said: list[tuple[dict[str, Any], list[Member]]] = []
        if counted:
            said.append((self._head(), counted))
        if changed:
            joined = [present.shown() for present in self._present.values() if present.pseq > base]
            said.append(({"base": base, **self._head(), "joined": joined, "left": gone}, changed))
        if begun:
            said.append((self._whole(), begun))
        return said

    def _head(self) -> dict[str, Any]:
        return {"pseq": self.pseq, "count": self.count}

    def _whole(self) -> dict[str, Any]:
        return self._head() | {"members": [present.shown() for present in self._present.values()]}
