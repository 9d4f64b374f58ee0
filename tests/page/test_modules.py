"""The page's own tests, which Node runs: modules without a DOM, and the colours of the stylesheet."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.needs import need_node

HERE = Path(__file__).parent


def test_the_pages_modules_pass_their_tests_in_node() -> None:
    node = need_node()
    files = sorted(str(path) for path in HERE.glob("*.test.mjs"))
    assert files
    done = subprocess.run(
        [node, "--test", "--test-reporter=tap", *files], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert "# fail 0" in done.stdout
