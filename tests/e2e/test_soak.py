"""Half an hour of members coming and going and of feeds dying and returning leaves a server as it was.

``FLIGHTTAP_SOAK=MINUTES`` makes it shorter or longer. What was measured is printed: ``pytest -m nightly -s``.
"""

from __future__ import annotations

import json
import os
import random
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import linear_regression

import pytest

from tests.daemon import Server, running, until
from tests.e2e.fakesite import free_port
from tests.needs import REPOSITORY

MINUTES = float(os.environ.get("FLIGHTTAP_SOAK", "30"))
CLIENTS = 500
EVERY = 5.0
"""Seconds between two looks at the server."""
FORGOTTEN = 700.0
"""Seconds in which flights expire and empty rooms are forgotten, with room to spare."""
SLOPE = 60.0
"""kB a minute by which memory may grow while the crowd is there, in the second half of its time."""
FILLED = 25.0
"""Minutes from which on the second half is one in which as much expires as comes: flights are remembered for five."""
GAUGES = re.compile(
    r"^(flighttap_(?:connections|rooms|aircraft|lagging|buffered_bytes|delayed_calls|room_\w+|feed_state)(?:{[^}]*})?)"
    r" (\S+)$",
    re.MULTILINE,
)
FRAME = b"\x1a3\x00\x00\x00\x00\x00\x01\x50" + bytes.fromhex("8D4840D6202CC371C32CE0576098")


@contextmanager
def mortal_receiver(port: int, choose: random.Random) -> Iterator[list[int]]:
    """Receivers on a port that die after some seconds, are gone for some, and return; gives the count of lives."""
    over = threading.Event()
    lives: list[int] = []

    def live() -> None:
        while not over.is_set():
            with socket.create_server(("127.0.0.1", port)) as listener:
                listener.settimeout(1)
                ends = time.monotonic() + choose.uniform(2, 20)
                while not over.is_set() and time.monotonic() < ends:
                    try:
                        connection, _ = listener.accept()
                    except TimeoutError:
                        continue
                    lives.append(1)
                    with connection:
                        try:
                            while not over.wait(0.05) and time.monotonic() < ends:
                                connection.sendall(FRAME * 5)
                        except OSError:
                            pass
            over.wait(choose.uniform(0, 5))

    thread = threading.Thread(target=live, daemon=True)
    thread.start()
    try:
        yield lives
    finally:
        over.set()
        thread.join(10)


def gauges(server: Server) -> dict[str, float]:
    """What goes up and down, by name and labels; a room's rate is left out, it lags behind."""
    found = {name: float(value) for name, value in GAUGES.findall(server.text("/metrics"))}
    return {name: value for name, value in found.items() if "per_second" not in name and "turned_away" not in name}


def members(server: Server) -> float:
    return sum(value for name, value in gauges(server).items() if name.startswith("flighttap_connections"))


def descriptors(server: Server) -> int:
    return len(list(Path(f"/proc/{server.process.pid}/fd").iterdir()))


@pytest.mark.nightly
def test_a_crowd_that_comes_and_goes_and_feeds_that_die_leave_nothing_behind(tmp_path: Path) -> None:
    ports = [free_port() for _ in range(3)]
    feeds = [f"--feed=f{port}:sky=beast@tcp:127.0.0.1:{port}" for port in ports]
    choose = random.Random(1)
    seconds = MINUTES * 60
    limits = ("connections_per_address=0", "stall=30", "handshake=60", "tombstone_age=60")
    options = ("--no-demo", *feeds, *(f"--limit={limit}" for limit in limits))
    with running(*options, cwd=tmp_path) as server:
        until(lambda: all(feed["state"] != "asleep" for feed in server.get("/api/v1/rooms/sky")["feeds"]), "feeds dial")
        before = gauges(server)
        open_before = descriptors(server)
        crowd = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.comers", f"127.0.0.1:{server.port}", str(CLIENTS), str(seconds), "1"],
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            text=True,
        )
        looks: list[tuple[float, int, int, float]] = []
        began = time.monotonic()
        receivers = [mortal_receiver(port, choose) for port in ports]
        lives = [each.__enter__() for each in receivers]
        try:
            while crowd.poll() is None:
                looks.append((time.monotonic() - began, server.memory(), descriptors(server), members(server)))
                assert time.monotonic() - began < seconds + 120, "the crowd does not leave"
                time.sleep(EVERY)
        finally:
            crowd.kill()
            for each in receivers:
                each.__exit__(None, None, None)
        assert crowd.returncode == 0
        assert crowd.stdout is not None
        with crowd.stdout as output:
            told = json.loads(output.read())
        steady = [look for look in looks if 0.5 * seconds < look[0] < 0.97 * seconds]
        slope = linear_regression([at / 60 for at, *_ in steady], [memory / 1024 for _, memory, *_ in steady]).slope
        late = server.memory()
        print(
            f"\n{MINUTES:g} min: {told}; receivers lived {[len(each) for each in lives]} times",
            f"members at the most {max(there for *_, there in looks):g}",
            f"memory {looks[0][1] / 2**20:.1f} MB at first, {steady[0][1] / 2**20:.1f} MB to "
            f"{steady[-1][1] / 2**20:.1f} MB with the crowd ({slope:.1f} kB a minute), {late / 2**20:.1f} MB behind it",
            f"descriptors {open_before} before, {max(fds for _, _, fds, _ in looks)} at the most",
            f"before: {before}",
            f"behind: {gauges(server)}",
            sep="\n",
            flush=True,
        )
        until(lambda: descriptors(server) <= open_before, "every descriptor is closed", 60)
        until(lambda: near(gauges(server), before), "all is as it was", FORGOTTEN)
        print(f"at the end {server.memory() / 2**20:.1f} MB, {descriptors(server)} descriptors; {gauges(server)}")
        assert not [line for line in server.output if "Traceback" in line or "fault" in line]
    assert told["left"] > CLIENTS
    assert all(each for each in lives)
    assert slope < SLOPE or MINUTES < FILLED


def near(now: dict[str, float], before: dict[str, float]) -> bool:
    """Whether all gauges are back; a feed that dials has a timer or a connection under way, by turns."""
    timers = abs(now["flighttap_delayed_calls"] - before["flighttap_delayed_calls"]) <= 3
    return timers and rest(now) == rest(before)


def rest(now: dict[str, float]) -> dict[str, float]:
    by_turns = ("flighttap_delayed_calls", "flighttap_feed_state")
    return {name: value for name, value in now.items() if not name.startswith(by_turns)}
