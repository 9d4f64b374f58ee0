"""One flush of a lane: what changed, encoded once, and what each view makes of it."""

from __future__ import annotations

from typing import Any

from flighttap.aircraft.state import Aircraft
from flighttap.rooms.codec import Codec
from flighttap.rooms.room import Changes
from flighttap.rooms.view import View

__all__ = ["Flush"]


class Flush:
    """The changes of a room since a lane's cursor, by tile.

    A record that was made or came into its tile after the cursor goes whole into
    its tile, and its key into ``out`` for the views that may hold it by another
    tile. Every other changes by the fields stamped after the cursor.
    """

    __slots__ = ("_changes", "_codec", "_left", "_made", "_now", "_strayed", "_tiles", "_wall")

    def __init__(self, codec: Codec, changes: Changes, now: float, wall: float) -> None:
        self._codec = codec
        self._changes = changes
        self._now = now
        self._wall = round(wall, 3)
        self._tiles: dict[int, tuple[list[Aircraft], list[Aircraft]]] = {}
        self._made: dict[int, tuple[list[Any], list[Any]]] = {}
        self._left: dict[int, list[Aircraft]] = {}
        self._strayed: list[Aircraft] = []
        base, tiles = changes.base, self._tiles
        for flights in (changes.full, changes.changed):
            for aircraft in flights:
                there = tiles.get(aircraft.tile)
                if there is None:
                    there = tiles[aircraft.tile] = ([], [])
                if aircraft.tile_seq > base:
                    there[0].append(aircraft)
                    self._moved(aircraft)
                else:
                    there[1].append(aircraft)

    def _moved(self, aircraft: Aircraft) -> None:
        """Note in which tile a reader may have it: one, if it was there at the cursor, else any."""
        if aircraft.left_seq > self._changes.base:
            self._strayed.append(aircraft)
        elif aircraft.left is not None:
            self._left.setdefault(aircraft.left, []).append(aircraft)

    def frames(self, view: View) -> list[bytes]:
        """The update of a view; nothing where nothing of it changed. Moves the view's end."""
        removed = self._changes.removed
        if view.scope.where is None:
            full, deltas, out = self._by_tile(view)
        else:
            full, deltas, out = self._by_flight(view)
        if not (removed or full or deltas or out):
            return []
        head = {"base": view.last, "seq": self._changes.seq, "now": self._wall}
        view.last = self._changes.seq
        return self._codec.update(head, removed, out, full, deltas)

    def _by_tile(self, view: View) -> tuple[list[Any], list[Any], list[str]]:
        full: list[Any] = []
        deltas: list[Any] = []
        mine = view.scope.area.tiles
        for tile in self._tiles if mine is None else self._tiles.keys() & mine:
            whole, changed = self._made.get(tile) or self._encoded(tile)
            full += whole
            deltas += changed
        if mine is None:
            return full, deltas, []
        gone = self._strayed
        for tile in self._left.keys() & mine:
            gone = gone + self._left[tile]
        return full, deltas, [aircraft.key for aircraft in gone if aircraft.tile not in mine]

    def _encoded(self, tile: int) -> tuple[list[Any], list[Any]]:
        """The pieces of a tile, whole records and changes, made once."""
        whole, changed = self._tiles[tile]
        codec, now, base = self._codec, self._now, self._changes.base
        made = self._made[tile] = (codec.full(whole, now), codec.delta(changed, base, now))
        return made

    def _by_flight(self, view: View) -> tuple[list[Any], list[Any], list[str]]:
        codec, now, base, shown = self._codec, self._now, self._changes.base, view.shown
        full: list[Aircraft] = []
        deltas: list[Aircraft] = []
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
                    deltas.append(aircraft)
                else:
                    shown.add(aircraft.key)
                    full.append(aircraft)
        return codec.full(full, now), codec.delta(deltas, base, now), out
