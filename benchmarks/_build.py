"""The programs in C, built when they are first needed or have changed, each under a name that tells its sources."""

from __future__ import annotations

import os
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path

from benchmarks.peers.setup import cache

__all__ = ["compiler", "program"]

_SOURCES = Path(__file__).resolve().parent / "load"
_FLAGS = ("-O2", "-std=gnu11", "-Wall", "-Wextra")


def compiler() -> str:
    """The C compiler.

    :raises SystemExit: there is none.
    """
    found = shutil.which(os.environ.get("CC", "cc"))
    if found is None:
        raise SystemExit("The load generator is written in C: install a C compiler (cc), or name one in CC.")
    return found


def program(name: str) -> Path:
    """``load``, ``watch`` or ``server``, built from ``benchmarks/load``."""
    sources = b"".join(source.read_bytes() for source in sorted(_SOURCES.iterdir()))
    built = cache() / f"{name}-{sha256(sources).hexdigest()[:12]}"
    if not built.exists():
        built.parent.mkdir(parents=True, exist_ok=True)
        fresh = built.with_suffix(f".{os.getpid()}")
        subprocess.run([compiler(), *_FLAGS, "-o", fresh, _SOURCES / f"{name}.c", "-lm"], check=True)
        fresh.replace(built)
    return built
