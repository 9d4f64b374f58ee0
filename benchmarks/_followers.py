"""Watchers for measuring: one that keeps all it is sent, and one that only looks at when it comes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from benchmarks._peer import Peer
from flighttap.client.binary import unpacked
from flighttap.client.replica import Replica

__all__ = ["Follower", "Timed"]


class Follower:
    """Keeps everything, and the state that this makes.

    :param step: degrees of latitude between the numbers of two updates.
    :ivar log: tutorial mode: each object; version 1: base, position and number of records of each whole update.
    :ivar latest: the highest number of an update that came; -1 before the first.
    """

    def __init__(self, peer: Peer, step: float) -> None:
        self.peer = peer
        self.log: list[Any] = []
        self.latest = -1
        self._step = step
        self._replica = Replica()
        self._sent: dict[str, Any] = {}
        self._rows = 0

    @property
    def state(self) -> dict[str, Any]:
        """Key to the newest of each flight."""
        return self._sent or self._replica.aircraft

    def take(self, payloads: Iterable[bytes]) -> list[int]:
        """Take messages in; gives the numbers of the updates in them."""
        numbers: list[int] = []
        for payload in payloads:
            message = msgspec.json.decode(payload) if payload[:1] == b"{" else unpacked(payload)
            if "data" in message:
                rows = [message["data"]]
                self.log += rows
                self._sent[rows[0]["hex"]] = rows[0]
            else:
                rows = [*message.get("full", ()), *message.get("aircraft", ()), *message.get("rows", ())]
                self._rows += len(rows)
                if self._replica.apply(message).fresh:
                    if message["t"] == "update":
                        self.log.append((message["base"], message["seq"], self._rows))
                    self._rows = 0
            numbers += [round(row["lat"] / self._step) for row in rows if "lat" in row]
        self.latest = max([self.latest, *numbers])
        return numbers


class _Row(msgspec.Struct):
    lat: float = -1.0


class _Said(msgspec.Struct):
    data: _Row | None = None
    full: list[_Row] = []
    aircraft: list[_Row] = []


class Timed:
    """Keeps nothing but the number of the latest update; many of them cost the machine little."""

    def __init__(self, peer: Peer, step: float) -> None:
        self.peer = peer
        self.latest = -1
        self._step = step
        self._decode = msgspec.json.Decoder(_Said).decode

    def take(self, payloads: Iterable[bytes]) -> list[int]:
        """Take messages in; gives the numbers of the updates in them."""
        numbers: list[int] = []
        for payload in payloads:
            said = self._decode(payload)
            rows = said.full + said.aircraft if said.data is None else [said.data]
            numbers += [round(row.lat / self._step) for row in rows if row.lat >= 0]
        self.latest = max([self.latest, *numbers])
        return numbers
