"""How Python's collector of cyclic garbage is kept from holding everybody up.

A full collection looks at every object that could be part of a cycle, and nobody is served meanwhile: 0.15 s with 4,000
connections. Here what survives one is left alone from then on ("frozen"). That leaves little to look at, so full
collections come more often and none takes long. Connections are what ends as garbage in cycles after a long life: once
many have ended, the next collection looks at everything again.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

__all__ = ["MANY", "Collecting"]

OFTEN = 1
"""Collections of the middle generation between two full ones; Python's own choice is 10."""
MANY = 1000
"""Ended connections, of 10 to 60 kB, after which all is looked at again."""


class Collecting:
    """Keeps full collections short, from :meth:`start` to :meth:`stop`.

    :param ended: how many connections ended so far.
    """

    def __init__(self, ended: Callable[[], int]) -> None:
        self._ended = ended
        self._ended_before = 0
        self._thresholds = gc.get_threshold()

    def start(self) -> None:
        """Leave alone what is there, and from now on what survives a full collection."""
        self._thresholds = gc.get_threshold()
        self._ended_before = self._ended()
        gc.set_threshold(*self._thresholds[:2], OFTEN)
        gc.collect()
        gc.freeze()
        gc.callbacks.append(self._collecting)

    def stop(self) -> None:
        """Have Python collect as it did before. Not started, or stopped already: nothing."""
        if self._collecting not in gc.callbacks:
            return
        gc.callbacks.remove(self._collecting)
        gc.set_threshold(*self._thresholds)
        gc.unfreeze()

    def _collecting(self, phase: str, info: dict[str, Any]) -> None:
        if info["generation"] != 2:
            return
        if phase == "stop":
            gc.freeze()
        elif (ended := self._ended()) - self._ended_before >= MANY:
            self._ended_before = ended
            gc.unfreeze()
