"""``python -m flighttap`` as a shell runs it: output, sentences on stderr, and exit statuses."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.daemon import Server, running, until


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running("--no-demo", cwd=tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture(scope="module")
def nobody() -> int:
    """A port on which nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def flighttap(*words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run it to its end."""
    command = [sys.executable, "-m", "flighttap", *words]
    return subprocess.run(command, input=given, capture_output=True, text=True, timeout=30)


def started(*words: str, **more: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "flighttap", *words]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, **more)  # type: ignore[call-overload]


def post(server: Server, room: str, flight: dict[str, Any]) -> None:
    """Publish one flight over HTTP."""
    url = f"{server.http}/api/v1/rooms/{room}/aircraft"
    headers = {"Content-Type": "application/json"}
    urllib.request.urlopen(urllib.request.Request(url, json.dumps(flight).encode(), headers), timeout=10).close()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "Say what to do: watch, publish, rooms, top, token or aircraft; --help tells more."),
        (("watch",), "Give the address of a room, such as http://localhost:8000/tracker/demo."),
        (("publish", "http://host/"), "'http://host/' names no room: give it as http://HOST:8000/tracker/ROOM."),
        (("watch", "--hz", "fast", "host/demo"), "--hz must be a number above 0 and up to 100, not 'fast'."),
        (("watch", "--bbox", "1,2,x,4", "host/demo"), "--bbox must be west,south,east,north in degrees."),
        (("watch", "--bbox", "1,9,2,4", "host/demo"), "bbox must be west, south, east, north in degrees"),
        (("watch", "--where", "altt<5", "host/demo"), 'Column 1: there is no field "altt"; did you mean alt?'),
        (("wach", "host/demo"), "Unknown command: wach."),
        (("rooms", "ftp://host"), "'ftp://host' begins with ftp://, not with http, https, ws or wss"),
        (("aircraft",), "Say what to do with the register: aircraft import FILE."),
        (("aircraft", "import"), "Give one file to import."),
        (("watch", "--no-such", "host/demo"), "Option --no-such not recognized."),
    ],
)
def test_a_wrong_command_line_is_one_sentence_and_status_2(words, sentence, capsys):
    from flighttap.__main__ import main

    assert main(words) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(f"flighttap: {sentence}")
    assert told.err.count("\n") == 1


@pytest.mark.slow
def test_an_unreachable_server_is_one_sentence_and_status_1(nobody):
    where = f"http://127.0.0.1:{nobody}/tracker/demo"
    commands = [started(command, where, stdout=subprocess.PIPE) for command in ("watch", "publish", "rooms")]
    for command in commands:
        out, err = command.communicate(timeout=30)
        assert (command.returncode, out) == (1, b"")
        assert err.decode() == f"flighttap: Nothing answers at 127.0.0.1:{nobody} (connection refused).\n"


def test_the_version_is_told(capsys):
    from flighttap import __version__
    from flighttap.__main__ import main

    with pytest.raises(SystemExit) as ended:
        main(["watch", "--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"flighttap {__version__}\n"


def test_publish_then_rooms(server: Server):
    lines = "".join(json.dumps({"id": number, "lat": 50.0, "lon": number / 10}) + "\n" for number in range(300))
    ended = flighttap("publish", server.page("piped"), given=lines)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert server.get("/api/v1/rooms/piped")["aircraft"] == 300
    rooms = flighttap("rooms", server.page("piped"))
    assert rooms.returncode == 0
    titles, *rows = rooms.stdout.splitlines()
    assert titles.split()[:2] == ["Room", "Aircraft"]
    assert ["piped", "300", "300"] in [row.split()[:3] for row in rows]
    as_json = json.loads(flighttap("rooms", "--json", server.http).stdout)
    assert "piped" in [room["room"] for room in as_json["rooms"]]


@pytest.mark.slow
def test_a_bad_line_is_told_with_its_number_and_the_others_are_published(server: Server):
    ended = flighttap("publish", server.page("bad"), given='{"id":1}\nnope\n{"id":2,"lat":95}\n{"id":3}\n')
    assert ended.returncode == 1
    assert ended.stderr.splitlines() == [
        "flighttap: line 2: this is not JSON in UTF-8.",
        "flighttap: line 3: lat must be from -90 to 90 deg.",
    ]
    assert server.get("/api/v1/rooms/bad")["aircraft"] == 2


@pytest.mark.slow
def test_what_is_watched_as_json_can_be_published_elsewhere_and_ctrl_c_ends_it_with_0(server: Server, tmp_path: Path):
    post(server, "source", {"hex": "4ca7b5", "flight": "RYR12AB", "lat": 52.4, "lon": 4.9})
    out = tmp_path / "out.jsonl"
    with out.open("wb") as file, started("watch", "--json", server.page("source"), stdout=file.fileno()) as watching:
        until(lambda: out.read_text().count("\n") == 1, "the flight arrives", 20)
        flighttap("publish", server.page("source"), given='{"hex":"4ca7b5","removed":true}\n')
        until(lambda: out.read_text().count("\n") == 2, "the removal arrives", 20)
        watching.send_signal(signal.SIGINT)
        assert watching.wait(10) == 0
        assert watching.stderr is not None
        assert watching.stderr.read() == b""
    flight, removal = out.read_text().splitlines()
    assert flighttap("publish", server.page("sink"), given=flight + "\n").returncode == 0
    assert server.get("/api/v1/rooms/sink/aircraft")["aircraft"][0]["flight"] == "RYR12AB"
    assert flighttap("publish", server.page("sink"), given=removal + "\n").returncode == 0
    assert server.get("/api/v1/rooms/sink/aircraft")["aircraft"] == []


@pytest.mark.slow
def test_a_watch_whose_reader_has_gone_ends_quietly(server: Server):
    post(server, "head", {"id": 1})
    with started("watch", server.page("head"), stdout=subprocess.PIPE) as watching:
        assert watching.stdout is not None
        assert watching.stderr is not None
        assert b"id:1" in watching.stdout.readline()
        watching.stdout.close()
        assert watching.wait(10) == 0
        assert watching.stderr.read() == b""


@pytest.mark.slow
def test_in_a_terminal_it_is_a_table_and_the_terminal_is_given_back(server: Server):
    post(server, "tty", {"hex": "4ca7b5", "flight": "RYR12AB", "alt": 36000})
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": "80", "LINES": "24", "TERM": "xterm-256color"}
    with started("watch", server.page("tty"), stdout=theirs, env=environment) as watching:  # type: ignore[arg-type]
        os.close(theirs)
        shown = read_until(ours, b"RYR12AB")
        watching.send_signal(signal.SIGINT)
        shown += read_until(ours, b"\x1b[?1049l")
        assert watching.wait(10) == 0
        assert watching.stderr is not None
        assert watching.stderr.read() == b""
    os.close(ours)
    assert shown.startswith(b"\x1b[?1049h")
    assert "● live".encode() in shown
    assert b"36,000" in shown


def read_until(fd: int, wanted: bytes) -> bytes:
    """Read a terminal until something is there."""
    got = b""
    end = time.monotonic() + 20
    while wanted not in got:
        assert time.monotonic() < end, got
        if select.select([fd], [], [], 0.1)[0]:
            got += os.read(fd, 65536)
    return got


@pytest.mark.slow
def test_a_part_of_a_room_can_be_watched(server: Server, tmp_path: Path):
    for number, lat in enumerate((52.4, 10.0, 52.5)):
        post(server, "part", {"id": number, "lat": lat, "lon": 4.9, "alt": 1000 * number})
    out = tmp_path / "out.jsonl"
    words = ("watch", "--json", "--bbox", "3.1,50.7,7.2,53.7", "--where", "alt>500", server.page("part"))
    with out.open("wb") as file, started(*words, stdout=file.fileno()) as watching:
        until(lambda: out.read_text().count("\n") == 1, "the flight arrives", 20)
        post(server, "part", {"id": 0, "alt": 600})
        until(lambda: out.read_text().count("\n") == 2, "the one that climbs arrives", 20)
        watching.send_signal(signal.SIGINT)
        assert watching.wait(10) == 0
    assert [json.loads(line)["key"] for line in out.read_text().splitlines()] == ["id:2", "id:0"]


@pytest.fixture(scope="module")
def club(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    """A hub with a room for members, and a token for it."""
    folder = tmp_path_factory.mktemp("club")
    make = "key hub.key", "make --key hub.key --rooms club --roles watch,publish"
    words = [[sys.executable, "-m", "flighttap", "token", *line.split()] for line in make]
    token = [subprocess.check_output(each, cwd=folder, text=True) for each in words][1].strip()
    (folder / "hub.toml").write_text("[auth]\nkeys = ['hub.key']\n[rooms.club]\nwatch = 'members'\npublish = 'token'\n")
    with running("--no-demo", "--config", "hub.toml", cwd=folder) as server:
        yield server, token


@pytest.mark.slow
def test_a_token_by_option_environment_and_invitation_opens_a_room_and_shows_up_nowhere(club, monkeypatch):
    server, token = club
    page = server.page("club")
    done = flighttap("publish", page, given='{"hex": "4ca7b5"}\n')
    assert done.returncode == 1
    assert "This room needs a token: give it as token=, --token or FLIGHTTAP_TOKEN." in done.stderr
    assert flighttap("publish", "--token", token, page, given='{"hex": "4ca7b5"}\n').returncode == 0
    assert flighttap("publish", f"{page}#token={token}", given='{"hex": "3c6444"}\n').returncode == 0
    assert "club" not in flighttap("rooms", server.http).stdout
    wrong = flighttap("rooms", "--token", token[:-9] + "AAAAAAAAA", server.http)
    assert wrong.stderr.startswith("flighttap: The server does not take this token")
    monkeypatch.setenv("FLIGHTTAP_TOKEN", token)
    assert "club" in flighttap("rooms", server.http).stdout
    watching = started("watch", "--json", page, stdout=subprocess.PIPE)
    try:
        lines = [json.loads(watching.stdout.readline()) for _ in range(2)]  # type: ignore[union-attr]
    finally:
        watching.terminate()
        watching.communicate(timeout=10)
    assert {line["hex"] for line in lines} == {"4ca7b5", "3c6444"}
    secrets = (token, token.split(".")[2])
    assert not [line for line in server.output for secret in secrets if secret in line]
