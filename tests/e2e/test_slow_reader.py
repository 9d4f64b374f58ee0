"""A watcher that does not read costs the server nothing, and gets one merged update when it reads again."""

from __future__ import annotations

import pytest

from benchmarks._peer import V1
from benchmarks._stall import Experiment
from tests.daemon import running

UPDATES = 6_000
GROWTH = 2**20
"""Bytes by which the server may grow while 1.8 MB pile up for the reader; 30 to 70 kB were measured."""


@pytest.mark.parametrize(
    "subprotocol", [pytest.param("", marks=pytest.mark.slow, id="tutorial"), pytest.param(V1, id="v1")]
)
def test_a_reader_that_stalls_is_brought_up_to_date_by_one_merged_update_and_costs_no_memory(subprotocol: str) -> None:
    """``python -m benchmarks slow`` is the same for longer, and measures the others' latency besides."""
    flights = 100
    with running("--no-demo", "--publish-rate", "0") as server:
        outcome = Experiment(server, subprotocol, others=3, rate=2500, flights=flights).run(UPDATES)
    assert outcome.faults == []
    assert outcome.missed > UPDATES / 2  # the rest waited in the kernel
    assert outcome.flights == flights  # each once
    assert outcome.merged == (1 if subprotocol else flights)
    assert outcome.growth < GROWTH
