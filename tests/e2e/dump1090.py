"""dump1090-mutability as a network decoder: frames in on one port, Beast and SBS out on others, and aircraft.json.

It is somebody else's decoder, the one that Debian ships: what it makes of frames is evidence that is not ours.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.daemon import until
from tests.e2e.fakesite import free_port
from tests.needs import need_dump1090

__all__ = ["Dump1090", "dump1090"]


@dataclass(frozen=True)
class Dump1090:
    """A running one.

    :param raw_in: port that takes AVR lines; ``beast_in`` takes Beast.
    :param beast_out: port that gives Beast; ``sbs_out`` gives SBS.
    :param folder: where it writes ``aircraft.json``, once a second.
    """

    process: subprocess.Popen[bytes]
    folder: Path
    raw_in: int
    beast_in: int
    beast_out: int
    sbs_out: int

    def sky(self) -> dict[str, Any]:
        """Its newest aircraft.json; empty before the first."""
        try:
            sky: dict[str, Any] = json.loads((self.folder / "aircraft.json").read_text())
        except FileNotFoundError:
            return {}
        return sky


@contextmanager
def dump1090(folder: Path, *options: str) -> Iterator[Dump1090]:
    """Run one, on ports of 127.0.0.1 that nobody has, until the block ends.

    Skips the calling test where the program is not here.

    :param folder: an empty one.
    """
    program = need_dump1090()
    ports = [free_port() for _ in range(5)]
    raw_in, raw_out, sbs_out, beast_in, beast_out = map(str, ports)
    process = subprocess.Popen(
        [
            *(program, "--net-only", "--quiet", "--net-bind-address", "127.0.0.1"),
            *("--net-ri-port", raw_in, "--net-ro-port", raw_out, "--net-sbs-port", sbs_out),
            *("--net-bi-port", beast_in, "--net-bo-port", beast_out),
            *("--net-buffer", "5"),  # 2 MB: it hangs up on whoever is behind by more
            *("--write-json", str(folder), "--write-json-every", "1", *options),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=_with_its_library(program),
    )
    try:
        decoder = Dump1090(process, folder, ports[0], ports[3], ports[4], ports[2])
        until(lambda: _listens(decoder), "dump1090 listens")
        yield decoder
    finally:
        process.terminate()
        process.wait(10)


def _listens(decoder: Dump1090) -> bool:
    if decoder.process.poll() is not None:
        raise AssertionError(f"dump1090 ended with {decoder.process.returncode}")
    try:
        socket.create_connection(("127.0.0.1", decoder.raw_in), 1).close()
    except ConnectionRefusedError:
        return False
    return True


def _with_its_library(program: Path) -> dict[str, str]:
    """The environment in which a package that is unpacked but not installed finds librtlsdr beside it."""
    libraries = [str(found.parent) for found in program.parent.parent.glob("lib/*/librtlsdr.so.*")]
    path = os.pathsep.join([*dict.fromkeys(libraries), *filter(None, [os.environ.get("LD_LIBRARY_PATH")])])
    return {**os.environ, "LD_LIBRARY_PATH": path} if path else dict(os.environ)
