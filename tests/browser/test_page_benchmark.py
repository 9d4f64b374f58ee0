"""The measurements of the page run, for a moment, with what is here, and print their tables.

Nobody judges times here; the clicks and keys of a task are what the docs say.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

from benchmarks import page
from benchmarks.peers.setup import node_modules
from tests.needs import REPOSITORY, need_chromium

pytestmark = pytest.mark.nightly


def rows(*words: str) -> dict[str, list[str]]:
    """The tables that a measurement prints: the first cell of each line to the others."""
    need_chromium()
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", *words], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    return cells(done.stdout)


def cells(text: str) -> dict[str, list[str]]:
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ") and line[2] != "-"]
    return {line[0]: line[1:] for line in lines}


def test_the_page_is_measured_at_every_count_and_beside_the_peer() -> None:
    figures = rows("page", "--rounds=1", "--updates=2", "--minutes=0.1", "--only=update", "--only=churn")
    for count in page.COUNTS:
        assert float(figures[f"ours, {count:,}"][0]) > 0
    if (node_modules() / "ol").exists():
        assert float(figures[f"{page.PEER}, {page.COMPARED:,}"][0]) > 0
        assert figures[f"ms an update to OpenLayers at {page.COMPARED:,}"][-1] in {"goal", "floor", "MISSED"}
    assert len(figures["JavaScript's heap"]) == len(figures["the page's process"]) == 5
    assert figures[f"growth from {page.COUNTS[0]:,} to {page.COUNTS[-1]:,}"]


def test_ten_tasks_take_the_clicks_and_keys_that_the_docs_say() -> None:
    counted = rows("tasks", "--rounds=1")
    told = cells((REPOSITORY / "docs" / "tasks.md").read_text())
    assert len(told) == 1 + 10
    assert counted.keys() == told.keys()
    for task, (clicks, keys) in told.items():
        typed = counted[task][-1] if keys.endswith(" and the callsign") else ""
        assert counted[task][0] == clicks, task
        assert counted[task][1] == (keys if not typed else str(int(keys.split()[0]) + len(typed))), task
