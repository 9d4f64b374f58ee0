"""Let atheris choose the bytes, by the code that they reach: ``python -m tests.fuzz NAME [options of libFuzzer]``.

It is not among the dependencies, for it has wheels for few platforms: ``pip install atheris`` first.
"""

from __future__ import annotations

import sys

import atheris


def main(words: list[str]) -> None:
    """Run one property until it fails or libFuzzer's options say enough."""
    with atheris.instrument_imports(include=["flighttap", "autobahn.websocket", "twisted.web"]):
        from tests.fuzz.properties import PROPERTIES
    if len(words) < 2 or words[1] not in PROPERTIES:
        raise SystemExit(f"usage: python -m tests.fuzz {'|'.join(PROPERTIES)} [-max_total_time=600 …]")
    drawn = PROPERTIES[words[1]].drawn()
    atheris.Setup([words[0], *words[2:]], drawn.hypothesis.fuzz_one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv)
