"""What a real server with feeds tells Prometheus, held against what it was sent."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from websockets.sync.client import connect

from tests.daemon import Server, running, until
from tests.e2e.fakesite import free_port

pytestmark = pytest.mark.slow

#: An aircraft that tells its name, as Beast.
BEAST = b"\x1a3\x00\x00\x00\x00\x00\x01\x50" + bytes.fromhex("8D4840D6202CC371C32CE0576098")


def scraped(server: Server) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(server.text("/metrics"))
        for sample in family.samples
    }


def value(server: Server, name: str, **labels: str) -> float:
    return scraped(server).get((name, tuple(sorted(labels.items()))), 0.0)


def test_a_server_with_feeds_tells_what_they_sent_and_what_became_of_it(tmp_path: Path) -> None:
    port = free_port()
    feeds = (f"--feed=roof:home=beast@listen:tcp:{port}", "--feed=far:home=beast@tcp:127.0.0.1:1")
    with running("--demo", *feeds, cwd=tmp_path) as server:
        assert server.text("/readyz") == "ready\n"
        with (
            socket.create_connection(("127.0.0.1", port)) as receiver,
            connect(server.room("home"), subprotocols=["flighttap.v1.json"]) as watcher,
        ):
            watcher.send(json.dumps({"op": "watch", "hz": 20}))
            receiver.sendall(BEAST)
            while "4840d6" not in watcher.recv(10):
                pass
            observed = until(lambda: value(server, "flighttap_feed_observations_total", feed="roof"), "it is counted")
            assert observed == 1
            assert value(server, "flighttap_feed_bytes_total", feed="roof") == len(BEAST)
            assert value(server, "flighttap_feed_state", feed="roof", state="up") == 1
            assert value(server, "flighttap_feed_state", feed="far", state="up") == 0
            assert value(server, "flighttap_room_aircraft", room="home") == 1
            assert value(server, "flighttap_room_members", room="home") == 1
            assert value(server, "flighttap_data_age_seconds_count") >= 1
            until(lambda: value(server, "flighttap_reactor_delay_seconds_count") >= 1, "delays are measured")
            assert value(server, "flighttap_aircraft") >= 1
            assert value(server, "process_open_fds") > 5
            top = [sys.executable, "-m", "flighttap", "top", server.http]
            shown = subprocess.run(top, check=True, capture_output=True, text=True, timeout=30).stdout
            assert "json 1" in shown
            assert "refused" in shown
        until(lambda: value(server, "flighttap_closes_total", by="peer", code="1000") == 1, "the close is counted")
        until(lambda: value(server, "flighttap_room_members", room="home") == 0, "nobody is left")
