"""Each comparison runs, for a moment, with what is here, and prints its tables; what it counts was checked on the way.

The peers take part where they are installed (``python -m benchmarks.peers``).
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks import deflate, fanout, idle, join, reconnect, viewport
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


def test_a_sky_is_made_up_where_there_is_no_recording(tmp_path: Path) -> None:
    made_of, sky = busy(tmp_path, rate=420, messages=2000)
    decoded = [said for piece in sky.messages for said in BeastDecoder(sky.receiver).feed(piece, 0)]
    assert (made_of, len(sky.messages), len(decoded)) == ("made up", 2000, 2000)
    assert len({said.key for said in decoded}) == 100
    lines = SbsDecoder(sky.receiver).feed(b"".join(as_sbs(sky).messages), 0)
    assert {said.key for said in lines if "lat" in said.values} == {said.key for said in decoded}


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
    """It has a core to spare beside flighttap, and would take more than flighttap can send: from C, which can, it does.

    Both by CPU time, so that it does not matter what else the machine has to do.
    """
    many_files()
    found = {}
    for name in (FLIGHTTAP, C_COALESCE):
        with opened(name) as server:
            found[name] = load(server, watchers=100, window=fanout.WINDOW, seconds=1)
    assert found[FLIGHTTAP].load_share < 0.8
    sent = found[FLIGHTTAP].deliveries / found[FLIGHTTAP].server_cpu
    taken = found[C_COALESCE].deliveries / found[C_COALESCE].load_cpu
    assert sent < taken, "deliveries in a CPU second"
