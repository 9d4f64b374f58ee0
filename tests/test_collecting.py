"""Full collections look at little, and all the same nothing that is garbage stays for ever."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from flighttap.collecting import MANY, Collecting


class Cycle:
    def __init__(self) -> None:
        self.me = self


@pytest.fixture
def ended() -> Iterator[list[int]]:
    """How many connections ended, as a list of one number; what survives a full collection is left alone meanwhile."""
    count = [7]
    collecting = Collecting(lambda: count[0])
    collecting.start()
    yield count
    collecting.stop()


def test_a_full_collection_does_not_look_again_at_what_survived_one(ended: list[int]) -> None:
    kept = [Cycle() for _ in range(1000)]
    gc.collect()
    frozen = gc.get_freeze_count()
    assert frozen > 1000
    assert len(gc.get_objects(generation=2)) < 1000
    gc.collect()
    assert gc.get_freeze_count() >= frozen - 100  # nor later
    assert not {id(each) for each in gc.get_objects()} & {id(each) for each in kept}


def test_young_garbage_is_collected_at_once_and_old_once_many_connections_ended(ended: list[int]) -> None:
    young, old = Cycle(), None
    seen = weakref.ref(young)
    del young
    gc.collect()
    assert seen() is None
    old = Cycle()
    seen = weakref.ref(old)
    gc.collect()
    del old
    ended[0] += MANY - 1
    gc.collect()
    assert seen() is not None
    ended[0] += 1
    gc.collect()
    assert seen() is None
    assert gc.get_freeze_count() > 1000  # and the rest is left alone again


def test_what_python_did_before_it_does_afterwards() -> None:
    before = gc.get_threshold(), len(gc.callbacks), gc.get_freeze_count()
    collecting = Collecting(lambda: 0)
    collecting.start()
    assert gc.get_threshold()[2] < before[0][2]
    collecting.stop()
    collecting.stop()
    assert (gc.get_threshold(), len(gc.callbacks), gc.get_freeze_count()) == before
