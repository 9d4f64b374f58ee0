"""Every command in README and docs does what they say. Ports are exchanged for free ones; nothing else is."""

from __future__ import annotations

import gzip
import json
import os
import re
import shlex
import subprocess
import threading
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.daemon import Server, until
from tests.docs.support import (
    KINDS,
    blocks,
    commands,
    here,
    on_a_free_port,
    shell,
    write_key_files,
)
from tests.needs import REPOSITORY, need_chromium


@pytest.mark.slow
@pytest.mark.parametrize("line", [line for line in commands(containing="twistd") if KINDS["foreground"](line)])
def test_foreground_commands_serve(line: str, tmp_path: Path):
    write_key_files(tmp_path)
    for page, text in blocks("toml"):
        name = {"access": "club.toml", "operating": "hub.toml"}[page.stem]
        (tmp_path / name).write_text(text.replace("tcp:8000", "tcp:0"))
    with shell(on_a_free_port(line), tmp_path) as process:
        server = Server(process)
        assert "rooms" in server.get("/api/v1/rooms")


@pytest.mark.slow
def test_the_daemon_s_commands_start_and_stop_it(tmp_path: Path):
    (start, stop) = next(text.splitlines() for _, text in blocks("sh") if "kill" in text)
    done = subprocess.run(
        ["bash", "-c", on_a_free_port(start)], cwd=tmp_path, capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 0, done.stderr
    pid = int((tmp_path / "twistd.pid").read_text())
    assert (tmp_path / "twistd.log").exists()
    subprocess.run(["bash", "-c", stop], cwd=tmp_path, check=True, timeout=30)
    until(lambda: not (tmp_path / "twistd.pid").exists(), "the daemon ends")
    until(lambda: not Path(f"/proc/{pid}").exists(), "its process is gone")


@pytest.mark.parametrize("line", [line for line in commands(containing="curl") if KINDS["curl"](line)])
def test_curl_commands_answer(line: str, server: Server):
    assert server.text(shlex.split(line)[1].removeprefix("http://127.0.0.1:8000"))


@pytest.mark.slow
def test_client_commands_list_publish_and_watch(server: Server, tmp_path: Path):
    lines = [here(line, server) for line in commands(containing="python -m flighttap") if KINDS["client"](line)]
    by_name = {re.search(r"-m flighttap (\w+)", line).group(1): line for line in lines}
    assert set(by_name) == {"rooms", "watch", "publish", "top", "aircraft"}
    with shell(by_name["watch"], tmp_path) as watcher:
        seen: list[str] = []
        threading.Thread(target=lambda: seen.extend(watcher.stdout), daemon=True).start()
        until(lambda: any(room["watchers"] for room in server.get("/api/v1/rooms")["rooms"]), "the watcher is there")
        subprocess.run(["bash", "-c", by_name["publish"]], cwd=tmp_path, check=True, timeout=20)
        until(lambda: "RYR12AB" in "".join(seen), "the watcher shows the flight")
        shown = subprocess.run(["bash", "-c", by_name["top"]], cwd=tmp_path, capture_output=True, text=True, timeout=20)
        assert re.search(r"^Connections +1 \(json 1\)", shown.stdout, re.MULTILINE), shown.stderr
    listed = subprocess.run(["bash", "-c", by_name["rooms"]], cwd=tmp_path, capture_output=True, text=True, timeout=20)
    assert "ams" in listed.stdout


@pytest.mark.slow
def test_the_steps_to_a_club_s_hub_lead_there(tmp_path: Path):
    """Every command of access.md in its order: then the keys and tokens that were made open what they say."""
    (config,) = [text for page, text in blocks("toml") if page.stem == "access"]
    (tmp_path / "club.toml").write_text(config.replace("tcp:8000", "tcp:0"))
    lines = [line for page, text in blocks("sh") if page.stem == "access" for line in text.splitlines()]
    serve = next(line for line in lines if KINDS["foreground"](line))
    told: dict[str, str] = {}
    for line in lines:
        if KINDS["token"](line):
            done = subprocess.run(["bash", "-c", here(line)], cwd=tmp_path, capture_output=True, text=True, timeout=30)
            assert (done.returncode, done.stderr) == (0, "")
            told[line.split(" token ")[1].partition(" --link")[0].split()[0]] = done.stdout.strip()
    assert "made by  this key" in told["show"]
    ben = (tmp_path / "ben.token").read_text().strip()
    with shell(on_a_free_port(serve), tmp_path) as process:
        server = Server(process)
        assert [room["room"] for room in server.get("/api/v1/rooms")["rooms"]] == ["lobby"]
        (listing,) = [here(line, server) for line in lines if KINDS["with a token"](line)]
        assert "lobby" in subprocess.check_output(["bash", "-c", listing], cwd=tmp_path, text=True, timeout=30)
        flight = {"hex": "4ca7b5", "flight": "RYR12AB"}
        watching, publishing = ({"Authorization": f"Bearer {token}"} for token in (ben, told["apikey"]))
        with (
            connect(server.room("club"), additional_headers=watching) as watcher,
            connect(server.room("club"), additional_headers=publishing) as roof,
        ):
            roof.send(json.dumps(flight))
            assert json.loads(watcher.recv(10)) == {"data": flight}
        with connect(server.room("club")) as stranger, pytest.raises(ConnectionClosed) as ended:
            stranger.recv(10)
        assert ended.value.rcvd.code == 4502


@pytest.mark.slow
def test_the_command_that_fills_the_register_fills_the_users_own(tmp_path: Path):
    (line,) = [here(line) for line in commands(containing="aircraft import")]
    (tmp_path / "aircraft.csv.gz").write_bytes(gzip.compress(b"4ca7b5;EI-DEF;B738;00;BOEING 737-800;2010;Ryanair;\n"))
    home = {**os.environ, "XDG_DATA_HOME": str(tmp_path)}
    done = subprocess.run(["bash", "-c", line], cwd=tmp_path, capture_output=True, text=True, timeout=20, env=home)
    assert f"{tmp_path}/flighttap/aircraft.sqlite has 1 now" in done.stdout, done.stderr


@pytest.mark.parametrize("line", commands(containing="-m benchmarks"))
def test_benchmark_commands_say_what_they_do(line: str):
    """What they do takes long; tests/test_benchmarks.py does a little of it."""
    done = subprocess.run(["bash", "-c", f"{here(line)} --help"], cwd=REPOSITORY, capture_output=True, text=True)
    assert (done.returncode, done.stdout[:6]) == (0, "usage:")


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("line", commands(containing="scripts.screenshots"))
def test_the_command_that_takes_the_pictures_takes_them(line: str, tmp_path: Path):
    need_chromium()
    line = f"{here(line)} {shlex.quote(str(tmp_path))} empty"
    done = subprocess.run(["bash", "-c", line], cwd=REPOSITORY, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(made := sorted(tmp_path.iterdir())) == 2
    assert all(file.read_bytes().startswith(b"\x89PNG") for file in made)
    assert {file.name for file in made} < {file.name for file in (REPOSITORY / "docs" / "images").iterdir()}
