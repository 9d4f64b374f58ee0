"""What setup.py asks for: a lower bound each, none below what mended a fault, and a reason in the docs."""

from __future__ import annotations

import ast
import re
from importlib.metadata import PackageNotFoundError, version

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from tests.needs import REPOSITORY

#: Where an older version has a fault that we would pass on: the first without it.
MENDED = {
    "autobahn": "26.10.2",  # bounds a message after inflation by maxMessagePayloadSize
    "cryptography": "50.0",  # Autobahn asks for no less; CVE-2024-12797 was mended in 44.0.1
    "pyjwt": "2.10.1",  # CVE-2024-53861, and CVE-2022-29217 before it
    "twisted": "24.7.0",  # CVE-2024-41671, CVE-2024-41810
    "msgspec": "0.18",  # refuses NaN and Infinity; the first with Raw and frozen structs as we use them
}


def asked() -> dict[str, Requirement]:
    """What setup.py installs, by name: to run, and with the extras."""
    (call,) = [
        node
        for node in ast.walk(ast.parse((REPOSITORY / "setup.py").read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "setup"
    ]
    words = {each.arg: each.value for each in call.keywords}
    run = ast.literal_eval(words["install_requires"])
    extras = ast.literal_eval(words["extras_require"])
    told = [Requirement(text) for text in [*run, *(text for texts in extras.values() for text in texts)]]
    return {each.name.lower(): each for each in told}


ASKED = asked()


def lowest(requirement: Requirement) -> Version:
    """The lower bound: each has one and nothing else."""
    (bound,) = requirement.specifier
    assert bound.operator == ">=", requirement
    return Version(bound.version)


@pytest.mark.parametrize("name", MENDED)
def test_no_version_with_a_known_fault_is_let_in(name: str):
    assert lowest(ASKED[name]) >= Version(MENDED[name])


@pytest.mark.parametrize("name", ASKED)
def test_each_has_a_lower_bound_that_this_environment_keeps_and_a_reason_in_the_docs(name: str):
    bound = lowest(ASKED[name])
    try:
        assert Version(version(name)) >= bound
    except PackageNotFoundError:
        assert name not in {"autobahn", "twisted", "msgspec", "zope.interface"}
    docs = (REPOSITORY / "docs" / "dependencies.md").read_text()
    rows = " ".join(re.findall(r"^\| (.*?) \|", docs, re.MULTILINE)).replace("prometheus-client", "prometheus_client")
    assert re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", rows), f"{name} has no row in docs/dependencies.md"
