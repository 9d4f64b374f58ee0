"""The libraries of others that the page serves: unchanged, licensed, and from the packages that the lock names."""

from __future__ import annotations

import hashlib
import json
import re

import pytest

from flighttap.web.site import STATIC
from tests.needs import REPOSITORY

VENDOR = STATIC / "vendor"
MANIFEST = json.loads((VENDOR / "manifest.json").read_text())


def test_every_vendored_file_is_in_the_manifest_and_unchanged():
    listed = {
        f"{folder}/{name}": digest for folder, entry in MANIFEST.items() for name, digest in entry["files"].items()
    }
    there = {path.relative_to(VENDOR).as_posix(): path for path in VENDOR.rglob("*") if path.is_file()}
    assert there.pop("manifest.json")
    assert {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in there.items()} == listed


@pytest.mark.parametrize("folder", MANIFEST)
def test_a_library_comes_with_its_licences_from_the_package_that_the_lock_names(folder: str):
    entry = MANIFEST[folder]
    locked = json.loads((REPOSITORY / "package-lock.json").read_text())["packages"][f"node_modules/{entry['package']}"]
    assert (entry["version"], entry["integrity"]) == (locked["version"], locked["integrity"])
    assert folder == f"{entry['package']}-{entry['version']}"
    text = (VENDOR / folder / "LICENSES.txt").read_text()
    assert text.splitlines()[1] == f"{entry['package']} {entry['version']} ({entry['license']})"


def test_the_lock_checks_every_package_and_names_no_registry():
    text = (REPOSITORY / "package-lock.json").read_text()
    packages = json.loads(text)["packages"]
    assert [name for name, entry in packages.items() if name and "integrity" not in entry] == []
    assert "resolved" not in text


def test_a_vendored_file_is_no_larger_than_a_repository_likes():
    assert max(path.stat().st_size for path in VENDOR.rglob("*")) < 1_500_000


def test_the_page_uses_the_vendored_versions():
    """A module or style that names another version would be 404."""
    sources = [path for path in STATIC.rglob("*") if path.suffix in {".js", ".html"} and VENDOR not in path.parents]
    named = {found for path in sources for found in re.findall(r"vendor/([a-z-]+-\d[^/]*)/", path.read_text())}
    assert named <= set(MANIFEST)
