"""Who joins while everything changes ends with the truth, ten thousand times over."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.needs import REPOSITORY
from tests.rooms.joins import trial

TRIALS = 10_000
PROCESSES = 2


def test_joining_under_churn_ends_in_the_truth() -> None:
    for seed in range(TRIALS, TRIALS + 200):
        trial(seed)


@pytest.mark.nightly
def test_joining_under_churn_ends_in_the_truth_ten_thousand_times() -> None:
    share = TRIALS // PROCESSES
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.rooms.joins", str(number * share), str(share)],
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(PROCESSES)
    ]
    said = [process.communicate() for process in processes]
    assert [(out.strip(), errors[-2000:]) for out, errors in said] == [(str(share), "")] * PROCESSES
