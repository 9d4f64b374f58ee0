"""The files in contrib/ do what docs/deploying.md says: systemd's units, its socket, and the container's commands."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.daemon import Server
from tests.needs import REPOSITORY, need_script

pytestmark = pytest.mark.slow

CONTRIB = REPOSITORY / "contrib"
IN_UNIT = "/opt/flighttap/.venv/bin/"


def unit_options() -> list[str]:
    """How the unit starts the server, without its configuration file: the words after the program's name."""
    (line,) = re.findall(r"^ExecStart=(.*)$", (CONTRIB / "flighttap.service").read_text(), re.MULTILINE)
    program, *words = shlex.split(line)
    assert program == f"{IN_UNIT}twistd"
    place = words.index("--config")
    return words[:place] + words[place + 2 :]


@contextmanager
def activated(listener: socket.socket, folder: Path) -> Iterator[Server]:
    """The server as the unit starts it, with the socket as file descriptor 3 and systemd's variables."""
    process = subprocess.Popen(
        ["sh", "-c", 'LISTEN_PID=$$ exec "$0" "$@"', need_script("twistd"), *unit_options(), "--no-demo"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "LISTEN_FDS": "1", "LISTEN_FDNAMES": "flighttap.socket"},
        preexec_fn=lambda: os.dup2(listener.fileno(), 3),
        pass_fds=(3,),
    )
    try:
        yield Server(process)
    finally:
        process.kill()
        process.wait(10)
        assert process.stdout is not None
        process.stdout.close()


def test_systemd_s_socket_keeps_the_port_while_the_server_is_restarted(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        for turn in ("first", "second", "third"):
            waiting = socket.create_connection(("127.0.0.1", port), 30)  # there is no server now
            with activated(listener, tmp_path) as server:
                assert server.port == port
                with connect(server.room("a"), sock=waiting) as watcher:
                    watcher.send(f'{{"id": "{turn}"}}')
                    assert json.loads(watcher.recv(5)) == {"data": {"id": turn}}
                    server.process.send_signal(signal.SIGTERM)
                    with pytest.raises(ConnectionClosed) as closed:
                        watcher.recv(10)
                    assert closed.value.rcvd is not None
                    assert closed.value.rcvd.code == 1001
                server.process.wait(10)
                assert server.process.returncode == -signal.SIGTERM


def test_the_socket_unit_has_the_kind_of_address_that_the_service_asks_for():
    text = (CONTRIB / "flighttap.socket").read_text()
    assert re.findall(r"^ListenStream=(\S+)$", text, re.MULTILINE) == ["127.0.0.1:8000"]
    assert "systemd:domain=INET:index=0" in unit_options()


def test_systemd_finds_nothing_wrong_with_the_units_and_their_exposure_is_low(tmp_path: Path):
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not here: it comes with systemd")
    units = []
    for name in ("flighttap.service", "flighttap.socket"):
        text = (CONTRIB / name).read_text()
        (tmp_path / name).write_text(text.replace(IN_UNIT, f"{need_script('twistd').parent}/"))
        units.append(tmp_path / name)
    verified = subprocess.run([analyze, "verify", *units], capture_output=True, text=True, timeout=60)
    assert (verified.returncode, verified.stdout + verified.stderr) == (0, "")
    exposed = subprocess.run(
        [analyze, "security", "--offline=true", "--threshold=20", units[0]], capture_output=True, text=True, timeout=60
    )
    assert exposed.returncode == 0, exposed.stdout  # over 2.0 of 10 otherwise


def test_the_container_builds_with_the_readme_s_words_and_its_command_serves(tmp_path: Path):
    """There is no container engine here: what the image runs is run beside it."""
    steps = dict(line.split(" ", 1) for line in (CONTRIB / "Containerfile").read_text().splitlines() if line[:1] != "#")
    build = steps["RUN"].replace("--no-cache-dir ", "").replace("'.[tls]'", ".")
    assert build.startswith("python3 -m venv .venv && .venv/bin/pip install . && ")
    assert f"\n{build.rpartition(' && ')[0]} && " in (REPOSITORY / "README.md").read_text()
    program, *words = [*json.loads(steps["ENTRYPOINT"]), *json.loads(steps["CMD"])]
    assert (program, steps["EXPOSE"]) == (".venv/bin/twistd", "8000")
    words = [word.replace("tcp:8000", "tcp:0") for word in words]
    process = subprocess.Popen(
        [need_script("twistd"), *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=tmp_path
    )
    try:
        server = Server(process)
        assert "rooms" in server.get("/api/v1/rooms")
        assert server.stop(signal.Signals[steps["STOPSIGNAL"]]) < 5
    finally:
        process.kill()
        process.wait(10)
        assert process.stdout is not None
        process.stdout.close()
