"""What the tests of README and docs run against: a server, and a clone as a newcomer has it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.daemon import Server, running
from tests.needs import REPOSITORY
from tests.test_packaging import LEFT_OUT


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running("--no-demo", cwd=tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(REPOSITORY, tmp_path_factory.mktemp("clone") / "flighttap", ignore=LEFT_OUT))
