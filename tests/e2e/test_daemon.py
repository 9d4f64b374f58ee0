"""The whole program in its own process: in the foreground, as a daemon, refused, and stopped."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect, unix_connect

from tests.certificates import certificate, trusting
from tests.daemon import LISTEN, Server, running, until
from tests.needs import need_script


def twistd(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run twistd to its end, as a shell would: a daemon's parent ends when the daemon runs."""
    return subprocess.run(
        [need_script("twistd"), *words], cwd=cwd, capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL
    )


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody else listens on."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """An empty working directory; a daemon that left its pid file there is ended."""
    yield tmp_path
    for pidfile in tmp_path.glob("*.pid"):
        os.kill(int(pidfile.read_text()), signal.SIGKILL)


def daemon(folder: Path, *options: str, where: str = LISTEN) -> tuple[int, int, str]:
    """Start a daemon in a folder; gives its process id, its port and what it printed."""
    started = twistd("flighttap", "--listen", where, *options, cwd=folder)
    assert started.returncode == 0, started.stdout + started.stderr
    found = re.match(r"Open http://127\.0\.0\.1:(\d+)/tracker/", started.stdout)
    assert found, started.stdout
    return int((folder / "twistd.pid").read_text()), int(found.group(1)), started.stdout


def alive(pid: int) -> bool:
    """Whether a process is there and not merely waiting to be reaped."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


# ---- running


def test_in_the_foreground_it_prints_three_lines_and_serves(folder: Path):
    with running(cwd=folder) as server:
        assert server.output[0] == f"Open {server.page('demo')}"
        assert "Only this machine can reach it" in server.output[1]
        assert server.output[2].startswith("Rooms: demo (simulator)")
        with connect(server.room("ams")) as watcher:
            watcher.send('{"flight": "RYR12AB", "lat": 52.3, "lon": 4.9}')
            assert json.loads(watcher.recv(5)) == {"data": {"flight": "RYR12AB", "lat": 52.3, "lon": 4.9}}


def test_as_a_daemon_it_prints_the_same_lines_serves_and_stops(folder: Path):
    pid, port, printed = daemon(folder)
    assert len(printed.splitlines()) == 3
    with connect(f"ws://127.0.0.1:{port}/ws/tracker/ams/") as watcher:
        watcher.send('{"flight": "RYR12AB"}')
        assert json.loads(watcher.recv(5)) == {"data": {"flight": "RYR12AB"}}
    os.kill(pid, signal.SIGTERM)
    until(lambda: not alive(pid), "the daemon ends")
    assert not (folder / "twistd.pid").exists()
    assert "Traceback" not in (folder / "twistd.log").read_text()


@pytest.mark.slow
def test_relative_paths_mean_the_directory_of_the_command(folder: Path):
    (folder / "elsewhere").mkdir()
    (folder / "sky.avr").write_text("*8D4840D6202CC371C32CE0576098;\n" * 3)
    (folder / "hub.toml").write_text('[[feed]]\nname="sky"\nrooms=["ams"]\nsource="avr@file:sky.avr?loop=1"\n')
    started = twistd(
        *("--rundir", "elsewhere", "--pidfile", "hub.pid", "--logfile", str(folder / "hub.log")),
        *("flighttap", "--config", "hub.toml", "--listen", LISTEN),
        cwd=folder,
    )
    assert started.returncode == 0, started.stderr
    port = int(re.search(r":(\d+)/", started.stdout).group(1))
    pid = int((folder / "hub.pid").read_text())
    assert Path(f"/proc/{pid}/cwd").resolve() == folder / "elsewhere"
    server = Server.__new__(Server)
    server.port = port
    until(lambda: server.get("/api/v1/rooms/ams/aircraft")["aircraft"], "the recording is read")
    os.kill(pid, signal.SIGTERM)
    until(lambda: not alive(pid), "the daemon ends")


@pytest.mark.slow
def test_it_serves_tls(folder: Path):
    certificate(folder)
    where = "ssl:0:interface=127.0.0.1:privateKey=key.pem:certKey=cert.pem"
    with running(listen=where, cwd=folder) as server:
        assert server.output[0].startswith("Open https://127.0.0.1:")
        trust = trusting(folder)
        with connect(server.room("ams").replace("ws:", "wss:"), ssl=trust, server_hostname="localhost") as watcher:
            watcher.send('{"flight": "RYR12AB"}')
            assert json.loads(watcher.recv(5)) == {"data": {"flight": "RYR12AB"}}


@pytest.mark.slow
def test_a_unix_socket_of_a_daemon_is_where_the_command_was_given_and_goes_with_it(folder: Path):
    (folder / "elsewhere").mkdir()
    words = ["--rundir", "elsewhere", "--pidfile", str(folder / "hub.pid"), "flighttap", "--listen", "unix:hub.sock"]
    started = twistd(*words, cwd=folder)
    assert started.returncode == 0, started.stderr
    pid = int((folder / "hub.pid").read_text())
    with unix_connect(str(folder / "hub.sock"), "ws://localhost/ws/tracker/ams/") as watcher:
        threading.Timer(0.2, os.kill, (pid, signal.SIGTERM)).start()
        with pytest.raises(ConnectionClosed):
            watcher.recv(5)
    until(lambda: not alive(pid), "the daemon ends")
    assert not (folder / "hub.sock").exists()


@pytest.mark.slow
def test_demo_fills_its_room_without_a_watcher_and_flights_move(folder: Path):
    with running("--demo", cwd=folder) as server:

        def positions() -> dict[str, tuple[float, float]]:
            rows = server.get("/api/v1/rooms/demo/aircraft")["aircraft"]
            return {row["hex"]: (row["lat"], row["lon"]) for row in rows if "lat" in row and "hex" in row}

        first = until(lambda: len(found := positions()) > 100 and found, "100 aircraft with positions", 10)
        until(lambda: sum(first.get(key) not in (None, at) for key, at in positions().items()) > 50, "they move", 10)


@pytest.mark.slow
def test_without_options_the_demo_starts_with_its_first_watcher(folder: Path):
    with running(cwd=folder) as server:
        assert server.get("/api/v1/rooms/demo")["feeds"][0]["state"] == "asleep"
        assert server.get("/api/v1/rooms/demo/aircraft")["aircraft"] == []
        with connect(server.room("demo"), close_timeout=0.1) as watcher:
            assert "data" in json.loads(watcher.recv(10))
            described = server.get("/api/v1/rooms/demo")
            assert described["feeds"][0]["state"] == "up"
            assert described["simulated"] is True


@pytest.mark.slow
def test_timers_do_not_go_by_the_wall_clock(folder: Path):
    """The clock of every timer is set before the first one; a wall clock stepping back would stop them all."""
    text = (
        "import time, sys; from twisted.internet import reactor; from twisted.scripts.twistd import run\n"
        "reactor.callWhenRunning(lambda: (print('MONOTONIC', reactor.seconds is time.monotonic), reactor.stop()))\n"
        "run()"
    )
    done = subprocess.run(
        [need_script("python"), "-c", text, "-n", "--pidfile=", "flighttap", "--listen", LISTEN],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert "MONOTONIC True" in done.stdout, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("reactor", ["asyncio", "select", "poll"])
def test_other_reactors_serve_as_a_daemon_too(folder: Path, reactor: str):
    started = twistd(f"--reactor={reactor}", "flighttap", "--listen", LISTEN, cwd=folder)
    assert started.returncode == 0, started.stderr
    port = int(re.search(r":(\d+)/", started.stdout).group(1))
    pid = int((folder / "twistd.pid").read_text())
    with connect(f"ws://127.0.0.1:{port}/ws/tracker/ams/") as watcher:
        watcher.send('{"flight": "RYR12AB"}')
        assert json.loads(watcher.recv(5)) == {"data": {"flight": "RYR12AB"}}
    os.kill(pid, signal.SIGTERM)
    until(lambda: not alive(pid), "the daemon ends")


# ---- stopping


def test_sigterm_closes_watchers_with_1001_within_five_seconds(folder: Path):
    with running(cwd=folder) as server, connect(server.room("a")) as first, connect(server.room("b")) as second:
        server.process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        for watcher in (first, second):
            with pytest.raises(ConnectionClosed) as closed:
                watcher.recv(5)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1001
        server.process.wait(5)
        assert time.monotonic() - began < 5


@pytest.mark.slow
def test_sigterm_does_not_wait_for_a_watcher_that_never_reads(folder: Path):
    with running(cwd=folder) as server, socket.create_connection(("127.0.0.1", server.port)) as deaf:
        deaf.sendall(
            b"GET /ws/tracker/a/ HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        assert b"101" in deaf.recv(100)
        assert server.stop() < 5
        assert server.process.returncode == -signal.SIGTERM


@pytest.mark.slow
def test_a_daemon_closes_watchers_with_1001_too(folder: Path):
    pid, port, _ = daemon(folder)
    with connect(f"ws://127.0.0.1:{port}/ws/tracker/ams/") as watcher:
        threading.Timer(0.2, os.kill, (pid, signal.SIGTERM)).start()
        with pytest.raises(ConnectionClosed) as closed:
            watcher.recv(5)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1001
    until(lambda: not alive(pid), "the daemon ends", 5)


# ---- refused


def assert_refused(done: subprocess.CompletedProcess[str], folder: Path, *names: str) -> None:
    """One clear last line, exit status 1, nothing left running or lying about."""
    assert done.returncode == 1, done.stdout + done.stderr
    last = (done.stdout + done.stderr).strip().splitlines()[-1]
    assert all(name in last for name in names), last
    assert last.endswith((".", "?")), last
    assert "Traceback" not in done.stdout + done.stderr
    assert list(folder.glob("*.pid")) == []
    assert list(folder.glob("TWISTD-CRASH.log")) == []


@pytest.mark.parametrize("foreground", [True, False], ids=["foreground", "daemon"])
def test_a_port_in_use_is_one_sentence_and_exit_status_1(folder: Path, taken: int, foreground: bool):
    options = ["-n"] if foreground else []
    done = twistd(*options, "flighttap", "--listen", f"tcp:{taken}:interface=127.0.0.1", cwd=folder)
    assert_refused(done, folder, f"Port {taken} is in use already")
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


@pytest.mark.slow
def test_the_second_of_two_ports_in_use_leaves_the_first_free(folder: Path, taken: int):
    with socket.socket() as finder:
        finder.bind(("127.0.0.1", 0))
        free = finder.getsockname()[1]
    where = [f"tcp:{port}:interface=127.0.0.1" for port in (free, taken)]
    done = twistd("flighttap", "--listen", where[0], "--listen", where[1], cwd=folder)
    assert_refused(done, folder, f"Port {taken} is in use already")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", free), 1)


WRONG = [
    (["--listen", "tcp:0:interface=192.0.2.1"], "192.0.2.1"),
    (["--opne-publish"], "'open-publish'"),
    # What follows is refused in the same two places, and a process each takes its time.
    (["--listen", "unix:/nowhere/hub.sock"], "/nowhere/hub.sock"),
    (["--config", "nowhere.toml"], "nowhere.toml"),
    (["--listen", "tpc:8000"], "tpc"),
    (["--listen", "tcp:99999"], "99999"),
    (["--feed", "ams"], "ROOM=SOURCE"),
    (["--feed", "ams=beats@tcp:h:1"], "'beast'"),
    (["--feed", "ams=beast@file:nowhere.beast"], "nowhere.beast"),
    (["--feed", "ams=simulator?aircraft=many"], "many"),
    (["--limit", "mesage=1"], "'message'"),
    (["--publish-rate", "fast"], "fast"),
    (["--demo", "--no-demo"], "not both"),
    (["ams=simulator"], "--feed"),
]


@pytest.mark.parametrize(
    ("words", "name"),
    [pytest.param(*case, marks=[pytest.mark.slow] if place >= 2 else []) for place, case in enumerate(WRONG)],
    ids=[" ".join(words) for words, _ in WRONG],
)
def test_every_wrong_value_is_one_clear_last_line(folder: Path, words: list[str], name: str):
    done = twistd("flighttap", *words, cwd=folder)
    assert_refused(done, folder, name)


@pytest.mark.slow
def test_a_port_that_a_feed_wants_in_use_is_said_too(folder: Path, taken: int):
    done = twistd("flighttap", "--listen", LISTEN, "--feed", f"ams=beast@listen:tcp:{taken}", cwd=folder)
    assert_refused(done, folder, f"Port {taken} is in use already", "beast")


def test_a_wrong_configuration_file_is_one_clear_last_line(folder: Path):
    (folder / "hub.toml").write_text("[limits]\nmesage = 3\n")
    done = twistd("-n", "flighttap", "--config", "hub.toml", cwd=folder)
    assert_refused(done, folder, "mesage", "'message'")
