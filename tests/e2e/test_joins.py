"""Who joins a real server while everything changes ends with the truth."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.daemon import running
from tests.needs import REPOSITORY


@pytest.mark.slow
def test_two_hundred_watchers_of_every_kind_that_join_a_busy_server_end_in_the_truth(tmp_path: Path) -> None:
    limits = ("--limit", "control_rate=1000", "--limit", "connections_per_address=0")
    with running("--no-demo", "--publish-rate", "0", *limits, cwd=tmp_path) as server:
        done = subprocess.run(
            [sys.executable, "-m", "tests.e2e.joiners", server.room("joins"), "200", "1"],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            timeout=100,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        told = json.loads(done.stdout)
        assert told["faults"] == []
        assert told["exact"] == told["joined"] == 200, told
        assert not [line for line in server.output if "Traceback" in line]
