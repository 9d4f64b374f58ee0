"""What the peers need: a Python environment and a Node one, both in the cache and nowhere else.

uWebSockets comes as socketify, which carries a build of it: npm's ``uWebSockets.js`` is not its author's.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import venv
from collections.abc import Mapping, Sequence
from importlib.metadata import distributions
from pathlib import Path

__all__ = ["NODE", "PAGE", "PYTHON", "cache", "main", "node_modules", "program", "versions"]

PYTHON = ("autobahn", "channels", "daphne", "django", "picows", "socketify", "twisted", "websockets")
NODE = ("socket.io", "ws")
PAGE = ("ol",)


def cache() -> Path:
    """The benchmarks' own folder in the user's cache."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base, "flighttap-benchmarks")


def program(name: str) -> Path:
    """A program of the peers' Python environment."""
    return cache() / "venv" / "bin" / name


def node_modules() -> Path:
    """Where the peers' Node packages are."""
    return cache() / "node" / "node_modules"


def versions() -> Mapping[str, str]:
    """Package name to version, of those that are installed; Node's own too."""
    found: dict[str, str] = {}
    for folder in cache().glob("venv/lib/python*/site-packages"):
        for each in distributions(path=[str(folder)]):
            found[each.name.lower()] = each.version
    for name in (*NODE, *PAGE):
        about = node_modules() / name / "package.json"
        if about.exists():
            found[name] = json.loads(about.read_text())["version"]
    node = shutil.which("node")
    if node is not None:
        found["node"] = subprocess.run([node, "--version"], capture_output=True, text=True).stdout.strip().lstrip("v")
    return {name: found[name] for name in (*PYTHON, *NODE, *PAGE, "node") if name in found}


def main(arguments: Sequence[str]) -> int:
    """Install; the exit status is 1 where Node or its packages are missing: the others can be measured then."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("--remove", action="store_true", help="remove them, and all else that the benchmarks cached")
    if parser.parse_args(arguments).remove:
        shutil.rmtree(cache(), ignore_errors=True)
        return 0
    if program("python").resolve() != Path(sys.executable).resolve():  # they are to have the Python that ours has
        venv.create(cache() / "venv", with_pip=True, clear=True, symlinks=True)
    subprocess.run([program("python"), "-m", "pip", "install", "--quiet", "--upgrade", *PYTHON], check=True)
    npm, folder = shutil.which("npm"), cache() / "node"
    if npm is not None:
        folder.mkdir(exist_ok=True)
        (folder / "package.json").write_text('{"private": true}\n')
        subprocess.run([npm, "install", "--no-audit", "--no-fund", "--no-progress", *NODE, *PAGE], cwd=folder)
    print(
        f"Python {platform.python_version()}", *(f"{name} {version}" for name, version in versions().items()), sep="\n"
    )
    return 0 if all(name in versions() for name in (*NODE, *PAGE)) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
