"""The log as JSON: one object a line whatever is logged, and where twistd would have written it."""

from __future__ import annotations

import io
import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.logger import FileLogObserver, Logger, LogLevel
from twisted.python.failure import Failure

from flighttap.config import CommandLine, build
from flighttap.errors import ConfigError
from flighttap.logs import TEXT_MOST, json_line, json_observer, to_terminal
from tests.daemon import LISTEN, until
from tests.needs import need_script


def logged(format: str, level: LogLevel = LogLevel.info, namespace: str = "flighttap.hub", **fields: Any) -> str:
    out = io.StringIO()
    Logger(namespace, observer=FileLogObserver(out, json_line)).emit(level, format, **fields)
    return out.getvalue()


def test_an_event_has_its_id_its_fields_and_its_sentence():
    said = json.loads(logged("feed {feed} lost", feed="home", count=3, event_id="feed.lost"))
    assert said.pop("time").endswith("Z")
    assert said == {
        "level": "info",
        "logger": "flighttap.hub",
        "message": "feed home lost",
        "feed": "home",
        "count": 3,
        "event_id": "feed.lost",
    }


def test_the_events_of_others_bring_their_sentence_alone():
    said = json.loads(logged("starting {factory}", namespace="twisted.internet", factory=object()))
    assert set(said) == {"time", "level", "logger", "message"}


def test_a_failure_has_its_traceback():
    try:
        raise ValueError("why\nindeed")
    except ValueError:
        line = logged("it failed", LogLevel.critical, log_failure=Failure())
    assert line.count("\n") == 1
    assert "ValueError: why\nindeed" in json.loads(line)["traceback"]


ANYTHING = st.one_of(
    st.text(),
    st.floats(),
    st.integers(),
    st.none(),
    st.binary(),
    st.lists(st.text()),
    st.text("\r\n\x1b\x85\u2028\u202e"),
)


@given(ANYTHING, ANYTHING)
def test_whatever_is_logged_is_one_line_of_ascii_that_is_json(one: object, other: object):
    line = logged("room {room}: {other!r}", room=one, other=other, event_id="room.made")
    assert line.endswith("\n")
    assert all(" " <= each <= "~" for each in line[:-1])
    assert json.loads(line, parse_constant=pytest.fail)["event_id"] == "room.made"


def test_a_peer_cannot_write_another_field_over_one_of_ours():
    said = json.loads(logged("{room}", room='", "level": "critical', logger="x", message="nothing happened"))
    assert (said["logger"], said["message"], said["level"]) == ("flighttap.hub", '", "level": "critical', "info")


def test_long_texts_are_cut():
    assert len(json.loads(logged("{text}", text="x" * 1_000_000))["message"]) == TEXT_MOST


@pytest.mark.parametrize(
    ("twistd", "there"),
    [
        ({}, False),
        ({"nodaemon": True}, True),
        ({"nodaemon": True, "logfile": "-"}, True),
        ({"nodaemon": True, "logfile": "x.log"}, False),
        ({"logfile": "x.log"}, False),
    ],
)
def test_the_place_is_the_one_that_twistd_would_take(twistd: dict[str, Any], there: bool):
    assert to_terminal(twistd) is there


@pytest.mark.parametrize("twistd", [{"logger": "x.y"}, {"syslog": True}, {"logfile": "-"}])
def test_what_cannot_be_is_one_sentence(twistd: dict[str, Any]):
    with pytest.raises(ConfigError, match=r"^[A-Z-].*\.$"):
        json_observer(twistd)


def test_the_configuration_file_and_the_command_line_ask_for_it(tmp_path: Path):
    file = tmp_path / "hub.toml"
    file.write_text('log = "json"')
    assert build(CommandLine(config=str(file))).log_json
    assert build(CommandLine(log_json=True)).log_json
    assert not build(CommandLine()).log_json
    file.write_text('log = "jsom"')
    with pytest.raises(ConfigError, match="did you mean 'json'"):
        build(CommandLine(config=str(file)))


@contextmanager
def twistd(*words: str, cwd: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [need_script("twistd"), *words, "--listen", LISTEN],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(10)
        process.stdout.close()  # type: ignore[union-attr]


@pytest.mark.slow
def test_every_line_of_a_real_server_in_the_foreground_is_json(tmp_path: Path):
    with twistd(
        "-n", "--pidfile=", "flighttap", "--log-json", "--feed=home=beast@tcp:127.0.0.1:1", cwd=tmp_path
    ) as process:
        lines: list[dict[str, Any]] = []
        for line in process.stdout:  # type: ignore[union-attr]
            lines.append(json.loads(line))
            if lines[-1].get("event_id") == "feed.unreachable":
                process.terminate()
    assert process.returncode == -signal.SIGTERM
    ids = [line["event_id"] for line in lines if "event_id" in line]
    assert [each for each in ids if each.startswith("service.")][:4] == ["service.announced"] * 3 + ["service.started"]
    assert "service.stopping" in ids
    assert any(line.get("sentence", "").startswith("Open http://127.0.0.1:") for line in lines)
    assert not (tmp_path / "twistd.log").exists()


@pytest.mark.slow
def test_a_daemon_writes_json_to_its_log_file_and_speaks_plainly_to_the_terminal(tmp_path: Path):
    with twistd("--logfile=own.log", "flighttap", "--log-json", cwd=tmp_path) as process:
        said = process.stdout.read()  # type: ignore[union-attr]
        assert process.wait(20) == 0
    assert said.startswith("Open http://127.0.0.1:")
    pidfile, log = tmp_path / "twistd.pid", tmp_path / "own.log"
    until(pidfile.exists, "the daemon runs")
    until(lambda: "service.started" in log.read_text(), "it has started")
    subprocess.run(["kill", pidfile.read_text()], check=True)
    until(lambda: not pidfile.exists(), "it has ended")
    assert all(json.loads(line)["time"] for line in log.read_text().splitlines())
