"""What README and docs say, block by block, and the commands in them as the shell runs them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from flighttap.access.keys import new_secret
from tests.daemon import LISTEN, Server
from tests.needs import REPOSITORY

PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


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


def table_words(page: str, heading: str) -> set[str]:
    """The words in backquotes in the first column of the table under a heading."""
    text = (REPOSITORY / "docs" / page).read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return {word for row in re.findall(r"^\| (.*?) \|", text, re.MULTILINE) for word in re.findall(r"`([^`]+)`", row)}
