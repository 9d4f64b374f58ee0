"""``python -m benchmarks NAME [options]``: run one benchmark by its name."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from pkgutil import iter_modules

import benchmarks


def names() -> list[str]:
    """The benchmarks that there are: the modules of this package that are no part of its machinery."""
    modules = iter_modules(benchmarks.__path__)
    return sorted(module.name for module in modules if not module.ispkg and not module.name.startswith("_"))


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark named first with the rest of the arguments; returns the exit status."""
    if not arguments or arguments[0] not in names():
        print(f"usage: python -m benchmarks {{{','.join(names())}}} [options]", file=sys.stderr)
        return 2
    status: int = import_module(f"benchmarks.{arguments[0]}").main(arguments[1:])
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
