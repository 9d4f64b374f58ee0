"""How many extended squitters a CPU-second decodes: flighttap's decoder beside rs1090.

Both get the DF17 and DF18 frames of the Toulouse recording in order, with their
times and the receiver's position, and both give back a list with what each
frame says, positions included. rs1090 is the Python binding of a decoder in
Rust; it takes text and keeps no state between calls, so it gets the whole
recording in one call. What counts is CPU time of all threads; the runs of the
two take turns, so that a busy machine troubles both alike.
"""

from __future__ import annotations

import argparse
import gzip
import importlib.util
import json
import platform
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from flighttap.aircraft.observation import Observation
from flighttap.formats.modes import ModesDecoder

__all__ = ["main"]

_DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
_RECORDING = "toulouse_frames_decoded.jsonl.gz"
_RECEIVER = (43.63, 1.37)

Frames = list[tuple[str, float]]


def main(arguments: Sequence[str]) -> int:
    """Print the table; the exit status is 1 when the recording is not there."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks decode", description=__doc__)
    parser.add_argument("--data", type=Path, default=_DATA, help="folder of the recordings (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=7, help="runs of each decoder (default: %(default)s)")
    options = parser.parse_args(arguments)
    try:
        frames = _load(options.data / _RECORDING)
    except OSError as problem:
        print(f"cannot read the recording: {problem}", file=sys.stderr)
        return 1
    decoders = {"flighttap": _flighttap(frames)}
    if importlib.util.find_spec("rs1090") is not None:
        decoders["rs1090"] = _rs1090(frames)
    rates: dict[str, list[float]] = {name: [] for name in decoders}
    positions: dict[str, int] = {}
    for run in range(options.runs + 1):
        for name, decode in decoders.items():
            started = time.process_time()
            decoded = decode()
            spent = time.process_time() - started
            if run:  # the first is for warming up
                rates[name].append(len(frames) / spent)
            positions[name] = _positions(decoded)
            del decoded  # or the other one would be timed throwing it away
    _print(frames, rates, positions)
    return 0


def _load(path: Path) -> Frames:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        said = [json.loads(line) for line in lines]
    return [(frame["frame"], frame["timestamp"]) for frame in said if frame["df"] in ("17", "18")]


def _flighttap(frames: Frames) -> Callable[[], list[Any]]:
    heard = [(bytes.fromhex(frame), at) for frame, at in frames]

    def decode() -> list[Any]:
        one = ModesDecoder(_RECEIVER).decode
        return [one(frame, at) for frame, at in heard]

    return decode


def _rs1090(frames: Frames) -> Callable[[], list[Any]]:
    import rs1090

    texts, times = [frame for frame, _ in frames], [at for _, at in frames]

    def decode() -> list[Any]:
        decoded: list[Any] = rs1090.decode(texts, times, reference=_RECEIVER)
        return decoded

    return decode


def _positions(decoded: list[Any]) -> int:
    return sum(
        "lat" in one.values if isinstance(one, Observation) else one is not None and one.get("latitude") is not None
        for one in decoded
    )


def _print(frames: Frames, rates: dict[str, list[float]], positions: dict[str, int]) -> None:
    runs = len(next(iter(rates.values())))
    print(f"{len(frames):,} DF17/18 frames, medians of {runs} runs that take turns; {platform.processor() or 'CPU'},")
    print(f"Python {platform.python_version()}\n")
    print("| decoder | messages a CPU-second | slowest to fastest run | positions |")
    print("|---|---:|---:|---:|")
    for name, each in rates.items():
        span = f"{min(each):,.0f} to {max(each):,.0f}"
        print(f"| {name} | {median(each):,.0f} | {span} | {positions[name]:,} |")
    if "rs1090" in rates:
        times = median(rates["flighttap"]) / median(rates["rs1090"])
        print(f"\nflighttap decodes {times:.1f} times as many as rs1090.")
    else:
        print("\nrs1090 is not here to compare with: pip install -e '.[test]'")
