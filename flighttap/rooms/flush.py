"""One flush of a lane: what changed, encoded once, and what each view makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flighttap.aircraft.state import Aircraft
from flighttap.rooms.codec import Codec
from flighttap.rooms.room import Changes
from flighttap.rooms.view import View

__all__ = ["Flush"]


class Flush:
    """The changes of a room since a lane's cursor, by tile.

    A record that was made or came into its tile after the cursor goes whole into
    its tile, and its key into ``out`` for the views without that tile. Every other
    changes by the fields stamped after the cursor.
    """

    __slots__ = ("_changes", "_codec", "_deltas", "_fulls", "_moved", "_now", "_tiles", "_wall")

    def __init__(self, codec: Codec, changes: Changes, now: float, wall: float) -> None:
        self._codec = codec
        self._changes = changes
        self._now = now
        self._wall = wall
        self._moved: list[Aircraft] = []
        self._tiles: dict[int, tuple[list[Aircraft], list[Aircraft]]] = {}
        self._fulls: dict[int, list[Any]] = {}
        self._deltas: dict[int, list[Any]] = {}
        base = changes.base
        for aircraft in changes.full + changes.changed:
            there = self._tiles.get(aircraft.tile)
            if there is None:
                there = self._tiles[aircraft.tile] = ([], [])
            if aircraft.created_seq > base or aircraft.tile_seq > base:
                self._moved.append(aircraft)
                there[0].append(aircraft)
            else:
                there[1].append(aircraft)

    def frames(self, view: View) -> list[bytes]:
        """The update of a view; nothing where nothing of it changed. Moves the view's end."""
        removed = self._changes.removed
        if view.scope.where is None:
            full, deltas, out = self._by_tile(view)
        else:
            full, deltas, out = self._by_flight(view)
        if not (removed or full or deltas or out):
            return []
        head = {"base": view.last, "seq": self._changes.seq, "now": round(self._wall, 3)}
        view.last = self._changes.seq
        return self._codec.update(head, removed, out, full, deltas)

    def _by_tile(self, view: View) -> tuple[list[Any], list[Any], list[str]]:
        area = view.scope.area
        tiles = self._mine(area.tiles)
        full: list[Any] = []
        deltas: list[Any] = []
        for tile in tiles:
            pieces = self._encoded(tile)
            full += pieces[0]
            deltas += pieces[1]
        out = [] if area.tiles is None else [a.key for a in self._moved if a.tile not in area.tiles]
        return full, deltas, out

    def _mine(self, tiles: frozenset[int] | None) -> Iterator[int]:
        """The tiles of a view in which anything changed."""
        if tiles is None:
            yield from self._tiles
        elif len(tiles) < len(self._tiles):
            yield from (tile for tile in tiles if tile in self._tiles)
        else:
            yield from (tile for tile in self._tiles if tile in tiles)

    def _encoded(self, tile: int) -> tuple[list[Any], list[Any]]:
        """The pieces of a tile, whole records and changes, made once."""
        if tile not in self._fulls:
            codec, now, base = self._codec, self._now, self._changes.base
            whole, changed = self._tiles[tile]
            self._fulls[tile] = list(codec.joined(codec.full(aircraft, now) for aircraft in whole))
            self._deltas[tile] = list(codec.joined(codec.delta(aircraft, base, now) for aircraft in changed))
        return self._fulls[tile], self._deltas[tile]

    def _by_flight(self, view: View) -> tuple[list[Any], list[Any], list[str]]:
        codec, now, base, shown = self._codec, self._now, self._changes.base, view.shown
        full: list[Any] = []
        deltas: list[Any] = []
        out: list[str] = []
        shown.difference_update(self._changes.removed)
        for whole, changed in self._tiles.values():
            for aircraft in whole + changed:
                had = aircraft.key in shown
                if not view.scope.wants(aircraft):
                    if had:
                        shown.discard(aircraft.key)
                        out.append(aircraft.key)
                elif had and aircraft.created_seq <= base:
                    deltas.append(codec.delta(aircraft, base, now))
                else:
                    shown.add(aircraft.key)
                    full.append(codec.full(aircraft, now))
        return list(codec.joined(full)), list(codec.joined(deltas)), out
