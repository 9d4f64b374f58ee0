"""What some tests need beyond Python, asked for in one way.

Each ``need_…`` function returns the thing, or skips the calling test with a reason. Where ``CI=true`` is set nothing
is skipped for a missing program: there the test fails, because a green run that tested less is worse than a red one.
Only the recorded data, which is not ours to ship, stays a skip everywhere.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import NoReturn

import pytest

__all__ = [
    "REPOSITORY",
    "in_ci",
    "missing",
    "need_caddy",
    "need_chromium",
    "need_data",
    "need_dump1090",
    "need_faketime",
    "need_nginx",
    "need_node",
    "need_npm",
    "need_script",
    "need_uv",
    "need_wstest",
]

#: The checkout that these tests belong to.
REPOSITORY = Path(__file__).resolve().parent.parent


def in_ci() -> bool:
    """Whether a missing program has to fail a test rather than skip it."""
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def missing(what: str, cure: str) -> NoReturn:
    """Skip the calling test, or fail it in CI.

    :param what: what is not there, for the reason.
    :param cure: how to get it.
    """
    reason = f"{what} is not here: {cure}"
    if in_ci():
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def need_data(name: str) -> Path:
    """A recording from the data folder beside the checkout (``FLIGHTTAP_DATA`` names another folder)."""
    folder = Path(os.environ.get("FLIGHTTAP_DATA", REPOSITORY.parent / "shared" / "data"))
    path = folder / name
    if not path.is_file():
        pytest.skip(f"the recording {name} is not here: FLIGHTTAP_DATA names the folder that has it")
    return path


def need_chromium() -> Path:
    """A Chromium that Playwright can drive through ``executable_path``."""
    return _program("FLIGHTTAP_CHROMIUM", ("chromium", "chromium-browser", "google-chrome"), "install chromium")


def need_node() -> Path:
    """Node.js, for ``node --test`` and for peers written in JavaScript."""
    return _program("FLIGHTTAP_NODE", ("node", "nodejs"), "install nodejs")


def need_npm() -> Path:
    """npm, to fetch the peers that tests talk to."""
    return _program("FLIGHTTAP_NPM", ("npm",), "install npm")


def need_dump1090() -> Path:
    """dump1090-mutability: ``FLIGHTTAP_DUMP1090`` names it where the package is unpacked but not installed."""
    return _program("FLIGHTTAP_DUMP1090", ("dump1090-mutability",), "set FLIGHTTAP_DUMP1090, or install the package")


def need_nginx() -> Path:
    """nginx, installed or unpacked."""
    return _program("FLIGHTTAP_NGINX", ("nginx", "/usr/sbin/nginx"), "install nginx")


def need_caddy() -> Path:
    """Caddy, installed or unpacked."""
    return _program("FLIGHTTAP_CADDY", ("caddy",), "install caddy")


def need_faketime() -> Path:
    """The library that gives a process another system clock, where it is preloaded."""
    named = os.environ.get("FLIGHTTAP_FAKETIME")
    for path in [Path(named)] if named else Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"):
        if path.is_file():
            return path
    missing("libfaketime", "install libfaketime")


def need_uv() -> Path:
    """uv, the other installer; the ``test`` extra brings it."""
    beside = Path(sys.executable).parent / "uv"
    return beside if beside.is_file() else _program("FLIGHTTAP_UV", ("uv",), "pip install uv")


def need_wstest() -> Path:
    """The Autobahn test suite's command, which needs a Python 2.7 of its own."""
    return _program("FLIGHTTAP_WSTEST", ("wstest",), "FOLDER/run after .ci/wstest FOLDER, named by FLIGHTTAP_WSTEST")


def need_script(name: str) -> Path:
    """A program installed beside the running Python, such as ``twistd``."""
    beside = Path(sys.executable).parent / name
    if not beside.is_file():
        missing(name, "pip install -e '.[test]' into the environment that runs pytest")
    return beside


def _program(variable: str, names: tuple[str, ...], cure: str) -> Path:
    named = os.environ.get(variable)
    if named:
        if not os.access(named, os.X_OK):
            missing(f"{named} ({variable})", cure)
        return Path(named)
    for name in names:
        found = shutil.which(name)
        if found is not None:
            return Path(found)
    missing(names[0], cure)
