"""The properties, for a moment each; with ``-m nightly`` for half an hour in all."""

from __future__ import annotations

import os
import time
from itertools import cycle

import pytest
from hypothesis import settings

from tests.fuzz.properties import PROPERTIES

MOMENT = 15
"""Examples of each property where nobody asked for more."""
ROUND = 500
"""Examples of each at a time in the nightly mode."""


@pytest.mark.parametrize("name", PROPERTIES)
def test_nothing_is_unhandled(name: str) -> None:
    settings(max_examples=MOMENT, database=None)(PROPERTIES[name].drawn())()


@pytest.mark.nightly
def test_nothing_is_unhandled_for_half_an_hour() -> None:
    """``FLIGHTTAP_FUZZ_SECONDS`` says how long instead."""
    end = time.monotonic() + float(os.environ.get("FLIGHTTAP_FUZZ_SECONDS", "1800"))
    ran = dict.fromkeys(PROPERTIES, 0)
    for name in cycle(PROPERTIES):
        if time.monotonic() > end:
            break
        settings(max_examples=ROUND, database=None)(PROPERTIES[name].drawn())()
        ran[name] += ROUND
    print("examples:", ran)
    assert all(ran.values())
