"""The recordings that several tests of the decoders want, read once."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from tests.needs import need_data

#: Where the receiver of the Toulouse recording stands, degrees.
TOULOUSE = (43.63, 1.37)


@pytest.fixture(scope="session")
def toulouse() -> list[dict[str, Any]]:
    """71,939 frames recorded at Toulouse, each with what jet1090 made of it."""
    with gzip.open(need_data("toulouse_frames_decoded.jsonl.gz"), "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
