"""The table of faults in docs/faults.md, a test a row: what happens to those who are there, and what is lost.

The connection's faults are made by :mod:`tests.e2e.line`, the process's by signals and limits. All servers are real.
"""

from __future__ import annotations

import gzip
import json
import re
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.certificates import certificate, trusting
from tests.daemon import Server, running, until
from tests.e2e.line import Line
from tests.e2e.watching import V1, FollowedRoom, say
from tests.needs import need_faketime

pytestmark = pytest.mark.slow

OPTIONS = ("--no-demo", "--publish-rate", "0")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(*OPTIONS, cwd=tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture
def line(server: Server) -> Iterator[Line]:
    with Line(server.port) as line:
        yield line


@contextmanager
def publisher(server: Server, room: str) -> Iterator[ClientConnection]:
    """Somebody who publishes into a room over a good connection."""
    with connect(server.room(room), subprotocols=[V1], close_timeout=1) as socket:
        socket.recv(10)
        yield socket


@contextmanager
def limited(server: Server, what: int, most: int) -> Iterator[None]:
    """The process may have so much of a resource and no more, until the block ends; as ``ulimit`` does."""
    before = resource.prlimit(server.process.pid, what)
    resource.prlimit(server.process.pid, what, (most, before[1]))
    try:
        yield
    finally:
        resource.prlimit(server.process.pid, what, before)


def at(line: Line, room: str) -> str:
    return f"ws://127.0.0.1:{line.port}/ws/tracker/{room}/"


def watchers(server: Server, room: str) -> int:
    return int(server.get(f"/api/v1/rooms/{room}")["watchers"])


# ---- the connection


def test_delayed_bytes_lose_nothing(server: Server, line: Line):
    line.delay = 0.3
    with publisher(server, "delay") as source:
        room = FollowedRoom().join(at(line, "delay"))
        for number in range(30):
            say(source, {"hex": f"{number:06x}", "gs": number})
        room.waits_for("00001d", "gs", 29)
    assert [room.value(f"{number:06x}", "gs") for number in range(30)] == list(range(30))
    assert len([message for message in room.told if message["t"] == "snapshot"]) == 1
    room.leave()


def test_one_byte_at_a_time_loses_nothing(server: Server, line: Line):
    line.piece = 1
    with connect(at(line, "bytes"), open_timeout=20) as plain:
        room = FollowedRoom().join(at(line, "bytes"))
        plain.send('{"hex": "4ca7b5", "flight": "RYR12AB", "gs": 447.2}')
        assert json.loads(plain.recv(10))["data"]["flight"] == "RYR12AB"
        room.waits_for("4ca7b5", "gs", 447.2)
    room.leave()


def test_a_connection_that_stalls_is_brought_up_to_date_when_it_flows_again(server: Server, line: Line):
    with publisher(server, "stall") as source:
        room = FollowedRoom().join(at(line, "stall"))
        say(source, {"hex": "4ca7b5", "gs": 1})
        room.waits_for("4ca7b5", "gs", 1)
        line.stall()
        for number in range(200):
            say(source, {"hex": "4ca7b5", "gs": number}, {"hex": f"{number:06x}", "gs": number})
        assert room.value("4ca7b5", "gs") == 1
        assert watchers(server, "stall") == 2
        line.flow()
        room.waits_for("4ca7b5", "gs", 199)
    assert [room.value(f"{number:06x}", "gs") for number in range(200)] == list(range(200))
    assert room.ended is None
    room.leave()


def test_a_connection_that_is_cut_is_resumed_exactly_and_no_event_is_lost_or_comes_twice(server: Server, line: Line):
    with publisher(server, "cut") as source:
        room = FollowedRoom().join(at(line, "cut"))
        until(lambda: any(message["t"] == "snapshot" for message in room.told), "it watches: it has events from now on")
        for number in range(6):
            source.send(json.dumps({"op": "publish", "event": {"number": number}}))
            say(source, {"hex": f"{number:06x}", "gs": number})
            if number % 2:
                line.cut()
                until(lambda: room.ended, "the cut is noticed")
                assert room.ended == 1006
                source.send(json.dumps({"op": "publish", "event": {"meanwhile": number}}))
                say(source, {"hex": "4ca7b5", "gs": number})
                room.join(at(line, "cut"))
                room.waits_for("4ca7b5", "gs", number)
                assert room.replica.recovered
    sent = [{"number": 0}, *({name: n} for n in (1, 3, 5) for name in ("number", "meanwhile"))]
    assert [event for event in room.events if event not in ({"number": 2}, {"number": 4})] == sent
    assert [event["number"] for event in room.events if "number" in event] == list(range(6))
    assert {key: room.value(key, "gs") for key in room.replica.aircraft} == {
        **{f"{number:06x}": number for number in range(6)},
        "4ca7b5": 5,
    }
    room.leave()


@pytest.mark.parametrize("towards", ["server", "client"])
def test_a_connection_that_is_half_closed_ends_and_nobody_stays_in_the_room(server: Server, line: Line, towards: str):
    with publisher(server, f"half-{towards}") as source:
        room = FollowedRoom().join(at(line, f"half-{towards}"))
        say(source, {"hex": "4ca7b5", "gs": 1})
        room.waits_for("4ca7b5", "gs", 1)
        line.end(towards)
        until(lambda: room.ended, "the watcher notices")
        until(lambda: watchers(server, f"half-{towards}") == 1, "the server notices")
        say(source, {"hex": "4ca7b5", "gs": 2})
        room.join(at(line, f"half-{towards}"))
        room.waits_for("4ca7b5", "gs", 2)
        assert room.replica.recovered
    room.leave()


# ---- the process


def test_a_process_that_stands_still_for_ten_seconds_closes_nobody(server: Server):
    with ExitStack() as stack:
        source = stack.enter_context(publisher(server, "pause"))
        plain = stack.enter_context(connect(server.room("pause"), close_timeout=1))
        room = FollowedRoom().join(server.room("pause"))
        source.send('{"op": "publish", "aircraft": [{"hex": "4ca7b5", "gs": 1}]}')
        half = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), 20))
        half.sendall(b"GET /healthz HTTP/1.1\r\n")
        assert server.get("/api/v1/rooms/pause")["watchers"] == 3  # and so the half request was read
        server.process.send_signal(signal.SIGSTOP)
        try:
            for _ in range(150):  # the kernel takes them meanwhile; with Twisted's own backlog only 51
                way = socket.create_connection(("127.0.0.1", server.port), 2, ("127.0.0.9", 0))
                stack.enter_context(way)
            time.sleep(10)  # the fault itself; a request must be complete after five seconds
            half.sendall(b"Host: here\r\n\r\n")
            source.send('{"op": "publish", "aircraft": [{"hex": "4ca7b5", "gs": 2}]}')
        finally:
            server.process.send_signal(signal.SIGCONT)
        room.waits_for("4ca7b5", "gs", 2)
        assert half.recv(1000).startswith(b"HTTP/1.1 200 ")
        assert [json.loads(plain.recv(5))["data"]["gs"] for _ in range(2)] == [1, 2]
        say(source, {"hex": "4ca7b5", "gs": 3})
        room.waits_for("4ca7b5", "gs", 3)
        assert json.loads(plain.recv(5))["data"]["gs"] == 3
        assert room.ended is None
        room.leave()


def test_without_descriptors_those_who_are_there_are_served_and_later_ones_once_there_are_some(server: Server):
    with publisher(server, "full") as source, ExitStack() as stack:
        room = FollowedRoom().join(server.room("full"))
        with limited(server, resource.RLIMIT_NOFILE, 64):
            for _ in range(100):
                stack.enter_context(socket.create_connection(("127.0.0.1", server.port), 5))
            until(lambda: len(list(Path(f"/proc/{server.process.pid}/fd").iterdir())) >= 63, "all are taken")
            before = server.cpu()
            for number in range(20):
                say(source, {"hex": "4ca7b5", "gs": number})
            room.waits_for("4ca7b5", "gs", 19)
            assert server.cpu() - before < 2
            stack.close()
            with connect(server.room("full"), open_timeout=20) as late:
                say(source, {"hex": "4ca7b5", "gs": 20})
                assert json.loads(late.recv(5))["data"]["gs"] == 20
        room.waits_for("4ca7b5", "gs", 20)
        assert room.ended is None
        room.leave()
    assert 1 <= len([text for text in server.output if "EMFILE" in text]) <= 200


def publish_many(source: ClientConnection) -> None:
    for start in range(0, 50_000, 100):
        say(source, *({"hex": f"{start + n:06x}", "lat": n / 2, "lon": n} for n in range(100)))


def test_memory_that_runs_out_ends_the_connection_that_wanted_it_and_no_other(server: Server):
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    most = int(re.findall(r"VmSize:\s+(\d+) kB", status)[0]) * 1024 + 4 * 2**20
    with publisher(server, "small") as source:
        room = FollowedRoom().join(server.room("small"))
        say(source, {"hex": "4ca7b5", "gs": 1})
        room.waits_for("4ca7b5", "gs", 1)
        with limited(server, resource.RLIMIT_AS, most), publisher(server, "large") as greedy:
            with pytest.raises(ConnectionClosed) as ended:
                publish_many(greedy)
            assert ended.value.rcvd is None or ended.value.rcvd.code in (1007, 1011)  # 1007: it could not be inflated
        assert 0 < server.get("/api/v1/rooms/large")["aircraft"] < 50_000
        say(source, {"hex": "4ca7b5", "gs": 2})
        room.waits_for("4ca7b5", "gs", 2)
        assert room.ended is None
        room.leave()


# ---- the clock


def test_steps_of_the_system_clock_stop_no_timer_and_forget_no_flight(tmp_path: Path):
    """libfaketime gives the process another system clock; the monotonic one stays, as where somebody sets the time."""
    clock = tmp_path / "clock"
    clock.write_text("+0")
    faked = {
        "LD_PRELOAD": str(need_faketime()),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    with (
        running("--demo", "--publish-rate", "0", cwd=tmp_path, environment=faked) as server,
        publisher(server, "demo") as source,
    ):
        room = FollowedRoom().join(server.room("demo"))
        say(source, {"id": "mine", "gs": 1})
        room.waits_for("id:mine", "gs", 1)
        until(lambda: len(room.replica.aircraft) > 100, "the sky is there")
        for days in (-1, 2):
            clock.write_text(f"{86400 * days:+d}")
            until(lambda days=days: abs(ahead(room) / 86400 - days) < 0.1, "the step is on the wire")  # type: ignore[misc]
            mark = len(room.told)
            until(lambda mark=mark: kinds(room, mark).count("update") > 10, "updates go on")  # type: ignore[misc]
            ages = [row["seen"] for row in server.get("/api/v1/rooms/demo/aircraft")["aircraft"]]
            assert 0 <= min(ages) <= max(ages) < 60
            assert room.value("id:mine", "gs") == 1
            assert not any(message.get("removed") for message in room.told[mark:])
        assert room.ended is None
        room.leave()


def ahead(room: FollowedRoom) -> float:
    """Seconds by which the server's wall clock is before this machine's."""
    return float(room.told[-1].get("now", 0)) - time.time()


def kinds(room: FollowedRoom, mark: int) -> list[str]:
    return [message["t"] for message in room.told[mark:]]


# ---- the disk


def small_disk(folder: Path) -> tuple[str, ...]:
    """What runs a command with a disk of its own of 128 kB at a folder; only that command sees it."""
    folder.mkdir()
    within = ("unshare", "-rm", "sh", "-c", f'mount -t tmpfs -o size=128k none "{folder}" && exec "$0" "$@"')
    if subprocess.run([*within, "true"], capture_output=True).returncode:
        pytest.skip("this kernel lets nobody mount a disk of his own")
    return within


def fill(path: Path) -> None:
    """Write until there is no room."""
    with path.open("wb", 0) as out, suppress(OSError):
        while True:
            out.write(bytes(4096))


def test_a_full_disk_loses_lines_of_the_log_and_nothing_else(tmp_path: Path):
    certificate(tmp_path)
    small = tmp_path / "small"
    where = "ssl:0:interface=127.0.0.1:privateKey=key.pem:certKey=cert.pem"
    twistd = ("-n", "--pidfile=", f"--logfile={small}/hub.log")
    trust = trusting(tmp_path)
    with (
        running(*OPTIONS, listen=where, twistd=twistd, cwd=tmp_path, within=small_disk(small)) as server,
        connect(f"wss://localhost:{server.port}/ws/tracker/disk/", ssl=trust, subprotocols=[V1]) as source,
    ):
        source.recv(10)
        disk = Path(f"/proc/{server.process.pid}/root{small}")
        log, filler = disk / "hub.log", disk / "filler"
        until(lambda: "starting up" in log.read_text(), "the log is begun")
        (tmp_path / "cert.pem").unlink()  # each SIGHUP is a line in the log
        fill(filler)
        for number in range(60):
            server.process.send_signal(signal.SIGHUP)
            say(source, {"hex": "4ca7b5", "gs": number})
        kept = log.read_text().count("stays as it was")
        assert kept < 60
        filler.unlink()

        def logs_again() -> bool:
            server.process.send_signal(signal.SIGHUP)
            say(source, {"hex": "4ca7b5", "gs": 60})
            return log.read_text().count("stays as it was") > kept

        until(logs_again, "what comes now is logged")


def test_a_full_disk_leaves_the_register_as_it_was(tmp_path: Path):
    small = tmp_path / "small"
    rows = [f"{n:06x};EI-{n:04X};B738;00;BOEING 737-800;2010;Ryanair;\n".encode() for n in range(1, 20_000)]
    (tmp_path / "one.csv.gz").write_bytes(gzip.compress(rows[0]))
    (tmp_path / "many.csv.gz").write_bytes(gzip.compress(b"".join(rows)))
    imports = f"{sys.executable} -m flighttap aircraft import --to {small}/aircraft.sqlite"
    count = "import sqlite3; print(*sqlite3.connect('aircraft.sqlite').execute('select count(*) from aircraft'))"
    then = f'cd {small}; {sys.executable} -c "{count}"; ls'
    script = f"{imports} one.csv.gz && {{ {imports} many.csv.gz || {{ {then}; }}; }}"
    done = subprocess.run(
        [*small_disk(small), "sh", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.stderr.endswith("aircraft.sqlite: database or disk is full.\n")
    assert done.stderr.count("\n") == 1
    assert done.stdout.splitlines()[1:] == ["(1,)", "aircraft.sqlite"]


# ---- the end


def test_a_killed_process_loses_its_rooms_and_who_comes_back_holds_what_the_next_one_does(
    server: Server, tmp_path: Path
):
    """The last of this module: its server is gone afterwards."""
    with publisher(server, "kill") as source:
        room = FollowedRoom().join(server.room("kill"))
        say(source, {"hex": "4ca7b5", "gs": 1}, {"hex": "3c6444", "gs": 1})
        room.waits_for("3c6444", "gs", 1)
        epoch = room.replica.epoch
        server.stop(signal.SIGKILL)
        until(lambda: room.ended, "the watcher notices")
        assert room.ended == 1006
        with running(*OPTIONS, listen=f"tcp:{server.port}:interface=127.0.0.1", cwd=tmp_path) as second:
            room.join(second.room("kill"))
            with publisher(second, "kill") as source:
                say(source, {"hex": "4ca7b5", "gs": 2})
                room.waits_for("4ca7b5", "gs", 2)
            assert set(room.replica.aircraft) == {"4ca7b5"}
            assert room.replica.epoch != epoch
            assert not room.replica.recovered
            room.leave()
