"""Each comparison runs, for a moment, with what is here, and prints its tables; what it counts was checked on the way.

The peers take part where they are installed (``python -m benchmarks.peers``).
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks import cost, deflate, fanout, idle, ingest, join, reconnect, report, slow, viewport
from benchmarks._load import load, many_files
from benchmarks._servers import C_COALESCE, C_SEND, FLIGHTTAP, OPENERS, available, opened
from benchmarks._sky import as_sbs, busy
from flighttap.formats.beast import BeastDecoder
from flighttap.formats.sbs import SbsDecoder

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("cc") is None, reason="the load generator needs a C compiler"),
]

OURS = [f"--server={name}" for name in (FLIGHTTAP, C_SEND, C_COALESCE)]


def cells(output: str, title: str) -> list[Sequence[str]]:
    """The rows of the tables in Markdown that have a column of this title."""
    parts = [part.strip().splitlines() for part in output.split("\n\n")]
    tables = [lines for lines in parts if lines and lines[0].startswith("|") and title in lines[0]]
    assert tables, output
    return [line.strip("| ").split(" | ") for lines in tables for line in lines[2:]]


def test_fanout_is_exact_in_every_scenario(capsys: pytest.CaptureFixture[str]) -> None:
    assert fanout.main(["--quick", "--seconds", "0.2", *OURS]) == 0
    output = capsys.readouterr().out
    for scenario in fanout.SCENARIOS.values():
        assert f"**{scenario.title}**" in output
    rows = cells(output, "exact")
    ours = [row for row in rows if FLIGHTTAP in row[0]]
    assert len(ours) == len(fanout.SCENARIOS)
    assert all("yes" in row for row in ours), ours


def test_all_that_comes_in_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--quick", "--seconds", "0.2", "--messages", "1500", f"--server={FLIGHTTAP}"]
    assert ingest.main(options) == 0
    output = capsys.readouterr().out
    ways = cells(output, "all taken")
    assert len(ways) == 4 * len(ingest.WATCHERS)
    assert all(row[-1].rstrip(" |") == "yes" for row in ways), ways
    assert cells(output, "reached")[-1][-1].startswith("goal")


def test_a_sky_is_made_up_where_there_is_no_recording(tmp_path: Path) -> None:
    made_of, sky = busy(tmp_path, rate=420, messages=2000)
    decoded = [said for piece in sky.messages for said in BeastDecoder(sky.receiver).feed(piece, 0)]
    assert (made_of, len(sky.messages), len(decoded)) == ("made up", 2000, 2000)
    assert len({said.key for said in decoded}) == 100
    lines = SbsDecoder(sky.receiver).feed(b"".join(as_sbs(sky).messages), 0)
    assert {said.key for said in lines if "lat" in said.values} == {said.key for said in decoded}


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


@pytest.mark.parametrize("benchmark", [idle, join])
def test_connections_are_counted(benchmark: object, capsys: pytest.CaptureFixture[str]) -> None:
    assert benchmark.main(["--quick", "--connections", "50", *OURS]) == 0  # type: ignore[attr-defined]
    names = {row[0] for row in cells(capsys.readouterr().out, "per ")}
    assert {FLIGHTTAP, C_SEND, C_COALESCE} <= names


def test_a_crowd_that_is_cut_off_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconnect, "WATCHED", 2.0)
    wave = reconnect.lose(30, None)
    assert (len(wave.back), wave.again) == (30, 0)
    assert 0 <= wave.back[0] <= wave.all_back


def test_rows_are_what_their_messages_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert viewport.main(["--quick", "--seconds", "1", "--only", "room"]) == 0
    (row,) = cells(capsys.readouterr().out, "exact")
    assert row[-1] == "yes"
    assert float(row[5].replace(",", "")) > 842 / 2


def test_what_was_deflated_was_followed(capsys: pytest.CaptureFixture[str]) -> None:
    assert deflate.main(["--quick", "--seconds", "1", "--watchers", "20", "--connections", "20"]) == 0
    assert [row[-1] for row in cells(capsys.readouterr().out, "exact")] == ["yes", "yes"]


@pytest.mark.parametrize("name", OPENERS)
def test_every_server_gives_every_flight_to_everybody_in_order(name: str) -> None:
    if not available(name):
        pytest.skip("not installed: python -m benchmarks.peers")
    many_files()
    with opened(name) as server:
        found = load(server, watchers=3, publishers=2, window=4, seconds=0.3)
    assert found.published > 4
    assert (found.deliveries, found.faults) == (5 * found.published, "")


def test_the_load_generator_is_not_the_bottleneck() -> None:
    """It has a core to spare beside flighttap, and takes more from the C server, which does the least that can be."""
    many_files()
    found = {}
    for name in (FLIGHTTAP, C_COALESCE):
        with opened(name) as server:
            found[name] = load(server, watchers=100, window=fanout.WINDOW, seconds=1)
    assert found[FLIGHTTAP].load_share < 0.8
    assert found[FLIGHTTAP].rate < found[C_COALESCE].rate
