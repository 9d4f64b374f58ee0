"""The comparison of pages runs, for a moment, with what is here, and prints its tables. Nobody judges figures here."""

from __future__ import annotations

import subprocess
import sys

from benchmarks import page
from benchmarks.peers.setup import node_modules
from tests.needs import REPOSITORY, need_chromium


def test_the_page_is_measured_at_every_count_and_beside_the_peer() -> None:
    need_chromium()
    words = ["page", "--rounds=1", "--updates=2", "--minutes=0.1", "--only=update", "--only=churn"]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", *words], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    rows = [line.strip("| ").split(" | ") for line in done.stdout.splitlines() if line.startswith("| ")]
    figures = {row[0]: row[1:] for row in rows}
    for count in page.COUNTS:
        assert float(figures[f"ours, {count:,}"][0]) > 0
    if (node_modules() / "ol").exists():
        assert float(figures[f"{page.PEER}, {page.COMPARED:,}"][0]) > 0
        assert figures[f"ms an update to OpenLayers at {page.COMPARED:,}"][-1] in {"goal", "floor", "MISSED"}
    assert len(figures["JavaScript's heap"]) == len(figures["the page's process"]) == 5
    assert figures[f"growth from {page.COUNTS[0]:,} to {page.COUNTS[-1]:,}"]
