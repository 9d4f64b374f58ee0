"""Whole records of a room, encoded once a tile for everybody who joins between two flushes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

from flighttap.aircraft.state import Aircraft

__all__ = ["Snapshot"]

P = TypeVar("P")


class Snapshot(Generic[P]):
    """The pieces of a room's tiles, made as they are asked for.

    What is made later is newer than ``seq`` says; the update that follows from
    ``seq`` brings the rest to the same state, so a mixture does no harm.

    :param seq: the room's when this was begun: where its readers stand.
    :param now: hub time when this was begun: ages count from it.
    :param wall: the same as Unix time.
    :param encode: the records of a tile to pieces.
    :ivar frames: whole messages by what is looked at, so that equal viewports share them.
    """

    __slots__ = ("_encode", "_tiles", "eseq", "frames", "now", "seq", "wall")

    def __init__(
        self,
        seq: int,
        eseq: int,
        now: float,
        wall: float,
        encode: Callable[[Iterable[Aircraft], float], list[P]],
    ) -> None:
        self.seq = seq
        self.eseq = eseq
        self.now = now
        self.wall = wall
        self.frames: dict[object, tuple[bytes, ...]] = {}
        self._encode = encode
        self._tiles: dict[int, list[P]] = {}

    def pieces(self, tiles: Iterable[int], there: dict[int, dict[str, Aircraft]]) -> Iterator[P]:
        """The pieces of these tiles.

        :param there: the aircraft in each tile that has any.
        """
        for tile in tiles:
            if tile in there:
                if tile not in self._tiles:
                    self._tiles[tile] = self._encode(there[tile].values(), self.now)
                yield from self._tiles[tile]
