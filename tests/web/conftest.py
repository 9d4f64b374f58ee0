"""The served site that the tests of this folder share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted

from tests.web.support import Served, serve_on_loopback, write_page


@pytest.fixture
def page(tmp_path: Path) -> Path:
    return write_page(tmp_path / "static")


@pytest_twisted.async_yield_fixture
async def serve(page: Path) -> AsyncIterator[Callable[..., Served]]:
    """Starts sites as a test wants them and stops them all."""
    started: list[Served] = []

    def start(**options: Any) -> Served:
        started.append(serve_on_loopback(page, **options))
        return started[-1]

    yield start
    for served in started:
        await served.close()


@pytest.fixture
def served(serve: Callable[..., Served]) -> Served:
    return serve()
