"""Every example in the docs: programs, configuration files, and what the protocol says, on a real server."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import connect

from flighttap.config import CommandLine, build
from tests.daemon import Server, until
from tests.docs.support import (
    blocks,
    here,
    shell,
    write_key_files,
)


@pytest.mark.parametrize(("page", "text"), blocks("toml"), ids=lambda value: getattr(value, "name", ""))
def test_configuration_files_in_the_docs_are_read(
    page: Path, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    write_key_files(tmp_path)
    file = tmp_path / "hub.toml"
    file.write_text(text)
    assert build(CommandLine(config=str(file))).listen


@pytest.mark.parametrize(("page", "text"), blocks("json"), ids=lambda value: getattr(value, "name", ""))
def test_json_in_the_docs_is_json(page: Path, text: str):
    for line in text.splitlines():
        json.loads(line)


def python_blocks() -> list[str]:
    return [text for _, text in blocks("python")]


def test_the_publisher_on_plain_autobahn_is_short_and_publishes(server: Server, tmp_path: Path):
    (text,) = [text for text in python_blocks() if "WebSocketClientProtocol" in text]
    assert len(text.splitlines()) <= 15
    assert "flighttap.client" not in text
    with connect(server.room("ams")) as watcher, program(here(text, server), tmp_path):
        first, second = (json.loads(watcher.recv(10))["data"] for _ in range(2))
    assert first == {"flight": "RYR12AB", "lat": 52.31, "lon": 4.76, "alt": 3200}
    assert second["lat"] > first["lat"]
    assert server.get("/api/v1/rooms/ams/aircraft")["aircraft"]


def test_the_example_of_our_client_watches_what_it_publishes(server: Server, tmp_path: Path):
    (text,) = [text for text in python_blocks() if "flighttap.client" in text]
    with program(here(text, server), tmp_path) as process:
        seen: list[str] = []
        threading.Thread(target=lambda: seen.extend(process.stdout), daemon=True).start()
        until(lambda: any("RYR12AB" in line for line in seen), "it prints the flight")


@contextmanager
def program(text: str, cwd: Path) -> Iterator[subprocess.Popen[str]]:
    (cwd / "example.py").write_text(text)
    with shell(f"exec {shlex.quote(sys.executable)} example.py", cwd) as process:
        yield process


# ---- the protocol's examples, on a real server


def examples() -> list[dict[str, Any]]:
    return [json.loads(line) for page, text in blocks("json") for line in text.splitlines() if page.stem == "protocol"]


def test_every_operation_in_the_docs_is_taken_and_answered_as_they_say(server: Server):
    operations = [said for said in examples() if "op" in said]
    shown = {said["t"]: set(said) for said in examples() if "t" in said}
    known = {"watch", "resume", "publish", "remove", "ping", "presence", "name"}
    assert {said["op"] for said in operations} == known
    with connect(server.room("docs"), subprotocols=["flighttap.v1.json"]) as socket:
        heard: dict[str, dict[str, Any]] = {}
        for said in operations:
            socket.send(json.dumps(said))
        socket.send('{"op": "ping", "id": "last"}')
        while heard.get("pong", {}).get("id") != "last":
            message = json.loads(socket.recv(10))
            assert message["t"] != "error", message
            heard[message["t"]] = message
        until_event = until(lambda: heard.get("event") or json.loads(socket.recv(5)), "the event comes", 5)
    assert until_event
    for kind in ("hello", "snapshot", "presence"):
        assert set(heard[kind]) == shown[kind], kind
    assert heard["hello"]["features"] == next(said for said in examples() if said.get("t") == "hello")["features"]


def test_tutorial_mode_answers_as_the_docs_say(server: Server):
    sent, back, refused = [said for said in examples() if "op" not in said and "t" not in said][:3]
    with connect(server.room("docs-tutorial")) as socket:
        socket.send(json.dumps(sent))
        assert json.loads(socket.recv(5)) == back
        socket.send("{")
        assert json.loads(socket.recv(5)) == refused
    with connect(server.room("docs-tutorial") + "?hz=0.5&bbox=-180,-90,180,90&snapshot=1&data=merged&echo=0") as socket:
        assert json.loads(socket.recv(5))["data"]["flight"] == sent["flight"]
