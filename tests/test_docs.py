"""README and docs are true: every command in them is run here, every example too, and the tables match the code.

A command that nothing here knows how to run fails ``test_no_command_is_left_out``. Ports are exchanged for free ones;
nothing else of a command is.
"""

from __future__ import annotations

import ast
import gzip
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.task import Clock
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from benchmarks.__main__ import names as benchmark_names
from flighttap.access.keys import new_secret
from flighttap.aircraft.fields import FIELDS
from flighttap.config import CommandLine, build
from flighttap.errors import WireError
from flighttap.hub import Hub
from flighttap.rooms.policy import Limits
from flighttap.tap import Options
from flighttap.web.metrics import HubCollector
from tests.daemon import LISTEN, Server, running, until
from tests.needs import REPOSITORY, need_chromium, need_script
from tests.test_packaging import LEFT_OUT

PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

#: An aircraft that tells its name, as Beast: the feed of the Raspberry Pi in these tests.
BEAST = b"\x1a3\x00\x00\x00\x00\x00\x01\x50" + bytes.fromhex("8D4840D6202CC371C32CE0576098")


#: Languages of blocks that show a file of contrib/, and those files.
CONTRIB = {
    "nginx": ["nginx.conf"],
    "caddy": ["Caddyfile"],
    "ini": ["flighttap.service", "flighttap.socket"],
    "dockerfile": ["Containerfile"],
}


def blocks(language: str) -> list[tuple[Path, str]]:
    return [(page, text) for page in PAGES for kind, text in FENCE.findall(page.read_text()) if kind == language]


def commands(*, containing: str) -> list[str]:
    return [line for _, text in blocks("sh") for line in text.splitlines() if containing in line]


KINDS: dict[str, Callable[[str], bool]] = {
    "install": lambda line: "venv .venv" in line or "pip install" in line,
    "pip download": lambda line: "pip download" in line,
    "foreground": lambda line: line.startswith(".venv/bin/twistd -n flighttap"),
    "daemon": lambda line: line.startswith((".venv/bin/twistd flighttap", "kill $(cat twistd.pid)")),
    "token": lambda line: line.startswith(".venv/bin/python -m flighttap token "),
    "with a token": lambda line: line.startswith("FLIGHTTAP_TOKEN="),
    "client": lambda line: (
        "python -m flighttap" in line and not KINDS["token"](line) and not KINDS["with a token"](line)
    ),
    "picture": lambda line: line == ".venv/bin/python -m scripts.screenshots",
    "benchmark": lambda line: line.startswith(".venv/bin/python -m benchmarks"),
    "tests": lambda line: line.startswith(".venv/bin/python -m pytest"),
    "curl": lambda line: line.startswith("curl http://127.0.0.1:8000/"),
}


def test_no_command_is_left_out():
    strangers = [line for line in commands(containing="") if not any(knows(line) for knows in KINDS.values())]
    assert strangers == []
    assert {kind for kind, knows in KINDS.items() if any(map(knows, commands(containing="")))} == set(KINDS)


def test_every_fenced_block_says_what_it_is():
    known = {"sh", "python", "toml", "json", *CONTRIB}
    strange = [(page.name, kind) for page in PAGES for kind, _ in FENCE.findall(page.read_text()) if kind not in known]
    assert strange == []


def test_the_files_that_deploying_shows_are_those_in_contrib():
    shown = {(kind, text) for kind in CONTRIB for _, text in blocks(kind)}
    files = {(kind, (REPOSITORY / "contrib" / name).read_text()) for kind, names in CONTRIB.items() for name in names}
    assert shown == files
    assert {path.name for path in (REPOSITORY / "contrib").iterdir()} == {
        n for names in CONTRIB.values() for n in names
    }


def test_links_between_pages_lead_somewhere():
    dead = [
        (page.name, target)
        for page in PAGES
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())
        if not (page.parent / target).exists()
    ]
    assert dead == []


def test_the_two_commands_stand_in_the_readme_word_for_word():
    readme = (REPOSITORY / "README.md").read_text()
    assert "\npython3 -m venv .venv && .venv/bin/pip install . && .venv/bin/twistd -n flighttap --demo\n" in readme
    assert "\npython3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/python -m pytest\n" in readme


# ---- tables


def table_words(page: str, heading: str) -> set[str]:
    """The words in backquotes in the first column of the table under a heading."""
    text = (REPOSITORY / "docs" / page).read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return {word for row in re.findall(r"^\| (.*?) \|", text, re.MULTILINE) for word in re.findall(r"`([^`]+)`", row)}


def test_the_table_of_options_is_the_options():
    options = Options()
    own = {name.rstrip("=") for name in options.longOpt} - {"help", "version"}
    assert {word.split()[0].removeprefix("--") for word in table_words("operating.md", "Options")} == own


def test_the_table_of_limits_is_the_limits():
    assert table_words("operating.md", "Limits") == set(Limits.NAMES)
    text = (REPOSITORY / "docs" / "operating.md").read_text()
    for names, values in re.findall(r"^\| (`[a-z_`, ]+`) \| ([0-9, .]+) \|", text, re.MULTILINE):
        told = [float(value) for value in values.split(",")]
        assert told == [getattr(Limits(), name) for name in re.findall(r"`(\w+)`", names)], names


def test_the_table_of_fields_is_the_fields():
    rows = re.findall(r"^\| `(\w+)` \| (\S*) ?\| [a-z/ ]+ \| (.*?) ?\|$", protocol_section("Fields"), re.MULTILINE)
    told = {name: (unit, set(re.findall(r"`(\w+)`", also))) for name, unit, also in rows}
    assert told == {field.wire: (field.unit, set(field.aliases) - {field.wire}) for field in FIELDS}


def test_the_table_of_error_codes_is_the_wire_errors():
    assert set(re.findall(r"^\| `(\w+)` \|", protocol_section("Errors"), re.MULTILINE)) == {
        error.code for error in WireError.__subclasses__()
    }


def test_the_table_of_metrics_is_the_metrics():
    clock = Clock()
    families = list(HubCollector(Hub(clock, Limits(), str, clock.seconds)).collect())
    suffix = {"counter": "_total"}
    text = (REPOSITORY / "docs" / "metrics.md").read_text()
    rows = re.findall(r"^\| `(flighttap_\w+)` \| (\w+) \| (.*?) ?\| .+ \|$", text, re.MULTILINE)
    told = [(name, kind, tuple(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows]
    assert told == [
        (family.name + suffix.get(family.type, ""), family.type, tuple(family._labelnames)) for family in families
    ]


def events_in_the_code() -> set[tuple[str, str]]:
    """The ``event_id`` and level of every call of a logger of ours; an empty id where it has none."""
    found = set()
    for module in (REPOSITORY / "flighttap").rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_bytes(), str(module))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                logger = node.func.value
                name = logger.attr if isinstance(logger, ast.Attribute) else getattr(logger, "id", "")
                if name == "_log":
                    ids = [word.value.value for word in node.keywords if word.arg == "event_id"]  # type: ignore[attr-defined]
                    level = {"failure": "critical"}.get(node.func.attr, node.func.attr)
                    found.add((ids[0] if ids else f"{module.name}:{node.lineno}", level))
    return found


def test_the_table_of_events_is_what_the_code_logs():
    text = (REPOSITORY / "docs" / "logs.md").read_text()
    rows = re.findall(r"^\| `([a-z.]+)` \| ([a-z, ]+) \| .+ \|$", text, re.MULTILINE)
    assert len(set(rows)) == len(rows)
    assert {(event, level) for event, levels in rows for level in levels.split(", ")} == events_in_the_code()


def protocol_section(heading: str) -> str:
    text = (REPOSITORY / "docs" / "protocol.md").read_text()
    return text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def test_the_tables_of_the_page_are_its_keys_and_the_names_in_its_addresses():
    scripts = REPOSITORY / "flighttap" / "web" / "static" / "js"
    pressed = re.findall(r"keys: \[(.*?)\]", (scripts / "ui" / "keys.js").read_text())
    keys = {key.upper() for keys in pressed for key in re.findall(r'"(.+?)"', keys)} - {"="}  # on one key with +
    assert {word.upper() for word in table_words("page.md", "Keys")} == {"ESC", *keys} - {"ESCAPE"}

    link = (scripts / "pure" / "link.js").read_text()
    read = {name.lower() for name in re.findall(r'^  \["(\w+)", "\w+"(?:, \[|\],$)', link, re.MULTILINE)}
    columns = link.partition("const COLUMN_NAMES")[2].partition("]);")[0]
    sources = link.partition("const SOURCES")[2].partition("]);")[0]
    read -= set(re.findall(r'\["(\w+)",', columns + sources))
    read |= set(re.findall(r'said\.(?:get|has)\("(\w+)"\)', link)) | {"key"}
    assert {word.lower() for word in table_words("page.md", "Addresses")} == read


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


# ---- commands and examples


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running("--no-demo", cwd=tmp_path_factory.mktemp("server")) as server:
        yield server


def here(text: str, server: Server | None = None) -> str:
    """The same command or program against a server of the test's, with the environment's own programs."""
    text = text.replace(".venv/bin/", f"{Path(sys.executable).parent}/")
    if server is not None:
        text = text.replace("127.0.0.1:8000", f"127.0.0.1:{server.port}").replace("8000", str(server.port))
    return text


def on_a_free_port(line: str) -> str:
    line = here(line).replace("--listen tcp:8000", "--listen tcp:0")
    return line if "--listen" in line or "--config" in line else f"{line} --listen {LISTEN}"


@contextmanager
def shell(line: str, cwd: Path) -> Iterator[subprocess.Popen[str]]:
    """A command as the shell runs it, ended with everything that it started when the block ends."""
    process = subprocess.Popen(
        ["bash", "-c", line],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.stdout.close()


def write_key_files(folder: Path) -> None:
    """What the configuration files in the docs name."""
    (folder / "hub.key").write_bytes(new_secret())
    (folder / "feeders.toml").write_text("")


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


def test_every_picture_is_small_and_shown():
    told = "".join(page.read_text() for page in PAGES)
    pictures = list((REPOSITORY / "docs" / "images").iterdir())
    assert pictures
    for picture in pictures:
        assert f"images/{picture.name})" in told, picture.name
        assert picture.stat().st_size < 300_000, picture.name


def test_the_table_of_benchmarks_is_the_benchmarks():
    assert table_words("performance.md", "Run it again") - {"python -m benchmarks"} == set(benchmark_names()) - {
        "report"
    }


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


# ---- installing, as a newcomer does


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(REPOSITORY, tmp_path_factory.mktemp("clone") / "flighttap", ignore=LEFT_OUT))


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
