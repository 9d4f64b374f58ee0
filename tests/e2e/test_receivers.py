"""Receivers on real sockets at full speed: every frame arrives, none is taken for another, memory stays flat."""

from __future__ import annotations

from typing import Any

import pytest

from tests.daemon import Server, running, until
from tests.e2e import oracle
from tests.e2e.fakesite import deliver, free_port, receiver
from tests.needs import need_data

pytestmark = pytest.mark.slow

TIMES = 3
GROWTH = 2**20
"""Bytes by which the server may grow after the first of :data:`TIMES` passes; 20 kB were measured, on 65 MB."""
OUTCOMES = ("messages", "unknown_address", "doubtful", "unused")
"""What becomes of a whole frame: it says something, nobody vouches for it, it is doubted, it is about no aircraft."""
FAULTS = ("malformed", "crc_failed", "unknown_df", "resync", "mode_ac", "heartbeat", "status")
"""What frames that are lost, cut or mixed up would be taken for; the recording has none of it."""


@pytest.fixture
def recording() -> bytes:
    """71,939 frames."""
    return need_data("toulouse.beast").read_bytes()


def taken(server: Server, size: int, memory: list[int]) -> dict[str, Any]:
    """The feed of room ``tls`` once it has read so many bytes; notes the server's memory on the way."""

    def look() -> dict[str, Any] | None:
        feed: dict[str, Any] = server.get("/api/v1/rooms/tls")["feeds"][0]
        memory.append(server.memory())
        return feed if feed["bytes"] >= size else None

    feed: dict[str, Any] = until(look, f"{size} bytes are read", 120)
    return feed


def check(feed: dict[str, Any], size: int, memory: list[int]) -> None:
    """Every frame was read as what it is, and nothing piled up."""
    stats = feed["stats"]
    assert feed["bytes"] == size
    assert {name: stats[name] for name in FAULTS} == dict.fromkeys(FAULTS, 0)
    assert sum(stats[name] for name in OUTCOMES) == TIMES * oracle.FRAMES
    assert feed["messages"] == stats["messages"] > 0.99 * TIMES * oracle.FRAMES
    assert max(memory) - memory[0] < GROWTH


def test_a_dialled_receiver_at_full_speed_loses_no_frame_and_costs_no_memory(recording: bytes) -> None:
    with (
        receiver(recording, TIMES) as port,
        running(f"--feed=tls=beast@tcp:127.0.0.1:{port}?receiver=43.63,1.37", "--no-demo") as server,
    ):
        taken(server, len(recording), [])
        memory = [server.memory()]
        feed = taken(server, TIMES * len(recording), memory)
    check(feed, TIMES * len(recording), memory)


def test_receivers_that_dial_at_full_speed_lose_no_frame_and_cost_no_memory(recording: bytes) -> None:
    """One after the other, each on a connection of its own that it closes behind its last frame."""
    port = free_port()
    with running(f"--feed=tls=beast@listen:tcp:{port}?receiver=43.63,1.37", "--no-demo") as server:
        assert server.get("/api/v1/rooms/tls")["feeds"][0]["state"] == "connecting"  # it answers, so its feeds listen
        deliver(port, recording)
        taken(server, len(recording), [])
        memory = [server.memory()]
        for _ in range(1, TIMES):
            deliver(port, recording)
        feed = taken(server, TIMES * len(recording), memory)
    check(feed, TIMES * len(recording), memory)
