"""The comparisons that take a minute each even when they run for a moment; see ``test_benchmarks.py``."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from benchmarks import cost, ingest, report, slow
from benchmarks._servers import FLIGHTTAP
from tests.test_benchmarks import cells

pytestmark = [
    pytest.mark.nightly,
    pytest.mark.skipif(shutil.which("cc") is None, reason="the load generator needs a C compiler"),
]


def test_all_that_comes_in_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--quick", "--seconds", "0.2", "--messages", "1500", f"--server={FLIGHTTAP}"]
    assert ingest.main(options) == 0
    output = capsys.readouterr().out
    ways = cells(output, "all taken")
    assert len(ways) == 4 * len(ingest.WATCHERS)
    assert all(row[-1].rstrip(" |") == "yes" for row in ways), ways
    assert cells(output, "reached")[-1][-1].startswith("goal")


def test_a_stalled_crowd_is_exact_after_one_merged_update(capsys: pytest.CaptureFixture[str]) -> None:
    assert slow.main(["--quick", "--only", "crowd"]) == 0
    output = capsys.readouterr().out
    assert [row[-1].rstrip(" |") for row in cells(output, "reached") if "not exact" in row[0]] == ["goal"] * 3
    merged = next(row for row in cells(output, "tutorial") if "merged messages" in row[0])
    assert merged[1:] == ["100", "1", "1"]  # in tutorial mode one for each aircraft


def test_the_cost_of_a_delivery_is_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cost.main(["--quick", "--seconds", "0.1", "--svg", str(tmp_path / "cost.svg")]) == 0
    rows = cells(capsys.readouterr().out, "one under way")
    assert len(rows) == len(cost.WATCHERS) + len(cost.AIRCRAFT)
    assert (tmp_path / "cost.svg").read_text().count("<circle ") == 3 * len(cost.WATCHERS) + 2 * len(cost.AIRCRAFT)


def test_the_report_puts_what_was_reached_into_a_page(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{report.MARKS[0]}\nold\n{report.MARKS[1]}\nafter\n")
    assert report.main(["--quick", "--only", "join", "--page", str(page)]) == 0
    told = page.read_text()
    assert told.startswith(f"before\n{report.MARKS[0]}\n")
    assert told.endswith(f"{report.MARKS[1]}\nafter\n")
    assert "old" not in told
    (row,) = cells(told, "reached")
    assert (row[0], row[5]) == ("CPU per join to Channels + daphne", "`join`")
