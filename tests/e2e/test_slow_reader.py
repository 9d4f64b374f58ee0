"""A watcher that does not read costs the server nothing, and gets one merged update when it reads again."""

from __future__ import annotations

import time
from contextlib import closing

import pytest

from benchmarks._peer import V1, Peer
from benchmarks._stall import Experiment
from tests.daemon import running, until

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


@pytest.mark.slow
def test_one_that_takes_nothing_for_too_long_is_let_go_and_the_others_stay() -> None:
    cut = 'flighttap_closes_total{by="us",code="4002"} 1.0'
    with (
        running("--no-demo", "--publish-rate", "0", "--limit=stall=2") as server,
        closing(Peer(server.port, "stall", query="echo=0")) as publisher,
        closing(Peer(server.port, "stall")) as other,
        closing(Peer(server.port, "stall", holds=16_384)),
    ):
        for number in range(100):
            publisher.send(b'{"id":%d,"note":"%b"}' % (number, b"x" * 10_000))
            other.wait(10)
        began = time.monotonic()
        until(lambda: cut in server.text("/metrics"), "it is cut", 8)  # looked at once a second
        assert time.monotonic() - began > 1
        publisher.send(b'{"id":"last"}')
        assert other.wait(10) == [b'{"data":{"id":"last"}}']
        assert server.get("/api/v1/rooms/stall")["watchers"] == 2
