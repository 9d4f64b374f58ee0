"""The hub's side of a feed and a decoder, as small as they can be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from flighttap.aircraft.observation import Observation

__all__ = ["FakeSink", "LineReader", "line_cutter"]


class FakeSink:
    """Remembers what a feed told the hub."""

    def __init__(self, name: str = "roof") -> None:
        self.name = name
        self.stats: Mapping[str, int] = {}
        self.bytes_in = 0
        self.heard: list[Observation] = []
        self.batches: list[int] = []
        self.states: list[str] = []
        self.whys: list[str] = []
        self.on_change: Callable[[], None] = lambda: None

    def observe(self, observations: Sequence[Observation]) -> None:
        self.heard += observations
        self.batches.append(len(observations))
        self.on_change()

    def state_changed(self, state: str, why: str = "") -> None:
        self.states.append(state)
        self.whys.append(why)
        self.on_change()

    @property
    def state(self) -> str:
        return self.states[-1]

    @property
    def keys(self) -> list[str]:
        return [observation.key for observation in self.heard]


class LineReader:
    """A format of lines: each is a key; ``bad`` is counted as malformed."""

    def __init__(self) -> None:
        self.stats = {"messages": 0, "malformed": 0}
        self._rest = b""

    def feed(self, data: bytes, at: float) -> list[Observation]:
        *lines, self._rest = (self._rest + data).split(b"\n")
        heard = []
        for line in lines:
            if line == b"bad":
                self.stats["malformed"] += 1
            else:
                self.stats["messages"] += 1
                heard.append(Observation(line.decode(), at, "other", {}))
        return heard


def line_cutter(chunks):  # type: ignore[no-untyped-def]
    """The timeline of lines ``TIME KEY`` (``-`` for no time): pieces are ``KEY`` and the newline."""
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            time, _, key = line.partition(b" ")
            if key:
                yield (None if time == b"-" else float(time)), key + b"\n"
