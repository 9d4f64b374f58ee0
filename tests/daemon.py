"""A real ``twistd flighttap`` on a free port, for tests that want the whole program in its own process.

Blocking, so that it serves plain tests and Playwright's too; in an async test start it before the first ``await``.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.needs import need_script

__all__ = ["Server", "running", "until"]

LISTEN = "tcp:0:interface=127.0.0.1"


def until(condition: Callable[[], Any], what: str, seconds: float = 10.0) -> Any:
    """Wait until a condition holds and give what it gave.

    :raises AssertionError: it did not within ``seconds``.
    """
    end = time.monotonic() + seconds
    while not (result := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.02)
    return result


class Server:
    """A running server.

    :param seconds: how long it may take to say where it is.
    :ivar output: everything it printed so far, log included, a line each.
    :ivar port: the TCP port that it was given.
    """

    def __init__(self, process: subprocess.Popen[str], seconds: float = 20.0) -> None:
        self.process = process
        self.output: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        found = until(self._opened, "the server says where it is", seconds)
        self.port = int(found)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output.append(line.rstrip("\n"))

    def _opened(self) -> str | None:
        if self.process.poll() is not None:
            self._reader.join(5)
            raise AssertionError("the server ended:\n" + "\n".join(self.output))
        for line in self.output:
            found = re.search(r"Open https?://\S*:(\d+)/tracker/", line)
            if found and len(self.output) >= 3:
                return found.group(1)
        return None

    @property
    def http(self) -> str:
        """``http://127.0.0.1:PORT``."""
        return f"http://127.0.0.1:{self.port}"

    def room(self, name: str) -> str:
        """The WebSocket address of a room."""
        return f"ws://127.0.0.1:{self.port}/ws/tracker/{name}/"

    def page(self, name: str = "") -> str:
        """The address of the page, for a room if one is named."""
        return f"{self.http}/tracker/{name}"

    def get(self, path: str) -> Any:
        """The JSON at a path, such as ``/api/v1/rooms``."""
        with urllib.request.urlopen(self.http + path, timeout=10) as answer:
            return json.load(answer)

    def text(self, path: str) -> str:
        """The text at a path, such as ``/metrics``."""
        with urllib.request.urlopen(self.http + path, timeout=10) as answer:
            return str(answer.read().decode())

    def memory(self) -> int:
        """Resident memory of the process, bytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1)) * 1024  # type: ignore[union-attr]

    def cpu(self) -> float:
        """CPU seconds of the process so far, user and system."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self, how: signal.Signals = signal.SIGTERM, seconds: float = 10.0) -> float:
        """End it; gives the seconds that it took."""
        began = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(seconds)
        self._reader.join(seconds)
        return time.monotonic() - began


@contextmanager
def running(
    *options: str,
    listen: str | None = LISTEN,
    twistd: Sequence[str] = ("-n", "--pidfile="),
    cwd: Path | None = None,
    program: Path | None = None,
    within: Sequence[str | Path] = (),
    environment: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """``twistd -n flighttap`` with these options until the block ends.

    :param listen: the ``--listen`` endpoint; ``None`` leaves it to the options.
    :param twistd: options of twistd itself.
    :param program: another environment's twistd.
    :param within: a command that becomes the one that follows it, such as ``env`` or ``prlimit``.
    :param environment: variables beside those of this process.
    """
    words = [*twistd, "flighttap", *(("--listen", listen) if listen is not None else ()), *options]
    process = subprocess.Popen(
        [*within, program or need_script("twistd"), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=cwd,
        env={**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})},
    )
    try:
        server = Server(process)
        yield server
        server.stop()
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(10)
        if process.stdout is not None:
            process.stdout.close()
