"""The Autobahn test suite against ``/ws/echo``, which the rooms' own protocol serves: each case's verdict is read.

``wstest`` ends with 0 whatever it found. Where its verdict on a case or on how the connection was closed is not "OK",
the case is named here, with the reason.
"""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from tests.daemon import running
from tests.needs import need_wstest

CORE = {"1": 16, "2": 11, "3": 7, "4": 10, "5": 20, "6": 145, "7": 37, "10": 1}
"""Group to its number of cases."""
INFORMATIONAL = {"7.1.6", "7.13.1", "7.13.2"}
"""What the protocol leaves open: a close frame behind 256 KiB of text, and close codes that nobody has defined."""
PERFORMANCE = {"9": 54}
DEFLATE = {"12": 90, "13": 126}
DECLINED = {"13.3", "13.5"}
"""They offer permessage-deflate for a window of 512 bytes alone: one deflated message could not serve everybody."""
RAISED = ("--limit", f"message={2**24}", "--limit", "fragments=70000")


def verdicts(folder: Path, groups: dict[str, int], *limits: str, seconds: float) -> dict[str, str]:
    """Case to its verdict, or the worse one on the closing, once the suite has been run on these groups."""
    with running("--no-demo", "--conformance-echo", *limits, cwd=folder) as server:
        spec = {
            "options": {"failByDrop": False},
            "outdir": str(folder / "reports"),
            "servers": [{"agent": "flighttap", "url": f"ws://127.0.0.1:{server.port}/ws/echo"}],
            "cases": [f"{group}.*" for group in groups],
            "exclude-cases": [],
            "exclude-agent-cases": {},
        }
        (folder / "spec.json").write_text(json.dumps(spec))
        command = [need_wstest(), "--mode", "fuzzingclient", "--spec", "spec.json"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=seconds)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        assert not [line for line in server.output if "Traceback" in line]
    (cases,) = json.loads((folder / "reports" / "index.json").read_text()).values()
    assert Counter(case.partition(".")[0] for case in cases) == groups
    return {
        case: told["behaviorClose"] if told["behavior"] == "OK" else told["behavior"] for case, told in cases.items()
    }


@pytest.mark.slow
def test_the_core_of_the_protocol_is_kept_with_the_limits_as_they_are(tmp_path: Path) -> None:
    found = verdicts(tmp_path, CORE, seconds=240)
    assert {case: told for case, told in found.items() if told != "OK"} == dict.fromkeys(INFORMATIONAL, "INFORMATIONAL")


@pytest.mark.nightly
def test_messages_of_16_mib_in_any_number_of_pieces_come_back(tmp_path: Path) -> None:
    found = verdicts(tmp_path, PERFORMANCE, *RAISED, seconds=3600)
    assert set(found.values()) == {"OK"}


@pytest.mark.nightly
def test_deflated_messages_come_back_and_what_cannot_serve_everybody_is_declined(tmp_path: Path) -> None:
    found = verdicts(tmp_path, DEFLATE, *RAISED, seconds=3600)
    declined = {case for case in found if case.rpartition(".")[0] in DECLINED}
    assert len(declined) == 36
    assert {case for case, told in found.items() if told == "UNIMPLEMENTED"} == declined
    assert {told for case, told in found.items() if case not in declined} == {"OK"}
