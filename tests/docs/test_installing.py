"""Installing as a newcomer does, from an empty clone."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.daemon import LISTEN, Server, until
from tests.docs.support import (
    KINDS,
    blocks,
    commands,
    here,
    shell,
)
from tests.needs import REPOSITORY, need_script

#: Ann aircraft that tells its name, as Beast: the feed of the Raspberry Pi in these tests.
BEAST = b"\x1a3\x00\x00\x00\x00\x00\x01\x50" + bytes.fromhex("8D4840D6202CC371C32CE0576098")


@pytest.mark.slow
@pytest.mark.parametrize("line", commands(containing="--demo"))
def test_the_readme_s_first_command_shows_a_moving_sky(line: str, clone: Path):
    with shell(f"{line} --listen {LISTEN}", clone) as process:
        server = Server(process, seconds=180)

        def positions() -> dict[str, tuple[float, float]]:
            rows = server.get("/api/v1/rooms/demo/aircraft")["aircraft"]
            return {row["hex"]: (row["lat"], row["lon"]) for row in rows if "lat" in row and "hex" in row}

        first = until(lambda: len(found := positions()) > 100 and found, "over 100 aircraft with positions", 10)
        until(lambda: sum(first.get(key) not in (None, at) for key, at in positions().items()) > 50, "they move", 10)


@pytest.mark.slow
@pytest.mark.parametrize("line", [line for line in commands(containing="-m pytest") if KINDS["install"](line)])
def test_the_readme_s_second_command_runs_the_tests(line: str, clone: Path):
    """Whole but for the choice of tests: running all of them again inside one would prove no more."""
    done = subprocess.run(
        ["bash", "-c", f"{line} tests/test_config.py tests/test_tap.py"],
        cwd=clone,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("line", [line for line in commands(containing="-m pytest") if KINDS["tests"](line)])
def test_each_kind_of_tests_is_there_to_be_run(line: str):
    """Only collected, and not all of it: whoever reads this is running them."""
    command = f"{here(line)} --collect-only -q tests/e2e tests/browser"
    done = subprocess.run(["bash", "-c", command], cwd=REPOSITORY, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"\b[1-9]\d*/\d+ tests collected", done.stdout)


@pytest.mark.slow
def test_the_raspberry_pi_s_lines_put_its_receiver_into_a_room(clone: Path, tmp_path: Path):
    (text,) = [text for _, text in blocks("sh") if "30005" in text and "pip install" in text]
    assert len(text.splitlines()) == 3
    with beast_server() as port:
        script = text.replace("tcp:8000", f"{LISTEN}").replace("127.0.0.1:30005", f"127.0.0.1:{port}")
        done = subprocess.run(["bash", "-e", "-c", script], cwd=clone, capture_output=True, text=True, timeout=180)
        assert done.returncode == 0, done.stdout + done.stderr
        pidfile = clone / "twistd.pid"
        pid = int(pidfile.read_text())
        try:
            server = Server.__new__(Server)
            server.port = int(re.search(r"Open http://127.0.0.1:(\d+)/tracker/home", done.stdout).group(1))
            rows = until(lambda: server.get("/api/v1/rooms/home/aircraft")["aircraft"], "the receiver is heard")
            assert rows[0]["flight"] == "KLM1023"
        finally:
            os.kill(pid, signal.SIGTERM)
        until(lambda: not pidfile.exists(), "the daemon ends")


@contextmanager
def beast_server() -> Iterator[int]:
    """What readsb does on port 30005: whoever connects gets what is heard."""
    with ExitStack() as opened:
        listener = opened.enter_context(socket.create_server(("127.0.0.1", 0)))

        def serve() -> None:
            while True:
                try:
                    receiver, _ = listener.accept()
                except OSError:
                    return
                opened.enter_context(receiver).sendall(BEAST * 3)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)  # wakes the thread
        thread.join(10)


@pytest.mark.slow
@pytest.mark.parametrize("line", commands(containing="pip download"))
def test_the_check_for_a_raspberry_pi_finds_every_wheel(line: str, tmp_path: Path):
    line = line.replace("python3", str(need_script("python")))
    done = subprocess.run(["bash", "-c", line], cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    named = re.findall(r"`(\S+aarch64\.whl)`", (REPOSITORY / "docs" / "dependencies.md").read_text())
    found = {path.name.split("-")[0] for path in (tmp_path / "wheels").glob("*aarch64.whl")}
    assert {name.split("-")[0] for name in named} <= found
