"""The layers hold: read from the imports themselves, wherever in a module they stand.

L0 is pure, L1 joins it with a clock, the shells of L2 never import each other, and only L3 knows all of them.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.needs import REPOSITORY

PACKAGE = REPOSITORY / "flighttap"

LAYERS = {
    0: {"errors", "aircraft", "formats", "rooms", "wire"},
    1: {"hub", "attendance", "seats", "turns", "past", "pulse", "access"},
    2: {"feeds", "ws", "web", "store", "cluster", "client"},
    3: {
        "config",
        "certificates",
        "collecting",
        "logs",
        "signals",
        "tap",
        "service",
        "testing",
        "token_command",
        "__main__",
    },
}
LAYER = {part: layer for layer, parts in LAYERS.items() for part in parts}

#: What would give L0 a network, a clock, a dice, a thread or a log.
IMPURE = {
    *("twisted", "autobahn", "txaio", "asyncio", "socket", "threading", "logging", "random", "secrets", "os", "time"),
    *("selectors", "select", "ssl", "subprocess", "multiprocessing", "concurrent", "datetime", "pathlib", "sqlite3"),
}

#: Beside the standard library and Twisted's own, what each layer may import.
THIRD_PARTIES = {
    0: {"msgspec"},
    1: {"msgspec", "twisted", "zope"},
    2: {"msgspec", "twisted", "zope", "autobahn", "txaio", "prometheus_client"},
    3: {"msgspec", "twisted", "zope", "autobahn", "txaio"},
}

#: What only one part may import beside that.
OWN = {"access": {"jwt", "cryptography"}}

MODULES = sorted(PACKAGE.rglob("*.py"))


def part_of(module: Path) -> str:
    """The part of the package that a file belongs to: ``rooms``, ``hub``, …; ``""`` for the package itself."""
    first = module.relative_to(PACKAGE).parts[0].removesuffix(".py")
    return "" if first == "__init__" else first


def imports(module: Path) -> Iterator[tuple[int, str]]:
    """Every import of a module as (line, absolute name), those inside functions included."""
    package = ["flighttap", *module.relative_to(PACKAGE).parts[:-1]]
    for node in ast.walk(ast.parse(module.read_bytes(), str(module))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            yield node.lineno, stem
            if stem == "flighttap":
                yield from ((node.lineno, f"flighttap.{alias.name}") for alias in node.names)


def faults(module: Path, source_part: str | None = None) -> list[str]:
    """The rules that this module's imports break, a line each."""
    part = part_of(module) if source_part is None else source_part
    layer = LAYER[part]
    found = []
    for line, name in imports(module):
        top, _, rest = name.partition(".")
        where = f"{module.name}:{line}: {part} (L{layer}) imports {name}"
        if top == "flighttap":
            target = rest.partition(".")[0]
            if target in LAYER and LAYER[target] > layer:
                found.append(f"{where}, a layer above it")
            elif layer == 2 and target in LAYERS[2] and target != part:
                found.append(f"{where}: the shells never import each other")
        elif layer == 0 and top in IMPURE:
            found.append(f"{where}: L0 is pure")
    return found


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.relative_to(PACKAGE)))
def test_a_module_imports_only_what_its_layer_may(module: Path):
    part = part_of(module)
    if not part:
        assert [name for _, name in imports(module) if name != "__future__"] == []
        return
    assert part in LAYER, f"{part} has no layer: give it one here and in the architecture"
    assert faults(module) == []


def test_third_parties_stay_in_their_layers():
    known = set(sys.stdlib_module_names) | {"flighttap"}
    strangers = [
        f"{module.relative_to(PACKAGE)}:{line}: {name}"
        for module in MODULES
        if part_of(module)
        for line, name in imports(module)
        if (top := name.partition(".")[0]) not in known
        and top not in THIRD_PARTIES[LAYER[part_of(module)]] | OWN.get(part_of(module), set())
    ]
    assert strangers == []


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("rooms", "import time"),
        ("rooms", "def f():\n    from twisted.internet import reactor"),
        ("wire", "from os.path import join"),
        ("rooms", "from flighttap.hub import Hub"),
        ("rooms", "from flighttap import hub"),
        ("hub", "from flighttap.ws.factory import RoomFactory"),
        ("web", "from flighttap.ws.factory import RoomFactory"),
        ("client", "import flighttap.feeds.tcp"),
        ("feeds", "from flighttap import service"),
    ],
)
def test_the_check_itself_sees_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str, text: str):
    monkeypatch.setattr("tests.test_layering.PACKAGE", tmp_path)
    module = tmp_path / part / "module.py"
    module.parent.mkdir()
    module.write_text(text)
    assert faults(module, part)


def test_modules_stay_small():
    long = {str(path.relative_to(PACKAGE)): n for path in MODULES if (n := len(path.read_bytes().splitlines())) > 450}
    assert long == {}
