"""README and docs hold together: every command is one that these tests know, links lead somewhere, pictures are shown.

A command that nothing here knows how to run fails ``test_no_command_is_left_out``.
"""

from __future__ import annotations

import re

from tests.docs.support import (
    CONTRIB,
    FENCE,
    KINDS,
    PAGES,
    blocks,
    commands,
)
from tests.needs import REPOSITORY


def test_no_command_is_left_out():
    strangers = [line for line in commands(containing="") if not any(knows(line) for knows in KINDS.values())]
    assert strangers == []
    assert {kind for kind, knows in KINDS.items() if any(map(knows, commands(containing="")))} == set(KINDS)


def test_every_fenced_block_says_what_it_is():
    known = {"sh", "python", "toml", "json", *CONTRIB}
    strange = [(page.name, kind) for page in PAGES for kind, _ in FENCE.findall(page.read_text()) if kind not in known]
    assert strange == []


def test_the_files_that_deploying_shows_are_those_in_contrib():
    shown = {(kind, text) for kind in CONTRIB for _, text in blocks(kind)}
    files = {(kind, (REPOSITORY / "contrib" / name).read_text()) for kind, names in CONTRIB.items() for name in names}
    assert shown == files
    assert {path.name for path in (REPOSITORY / "contrib").iterdir()} == {
        n for names in CONTRIB.values() for n in names
    }


def test_links_between_pages_lead_somewhere():
    dead = [
        (page.name, target)
        for page in PAGES
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())
        if not (page.parent / target).exists()
    ]
    assert dead == []


def test_the_two_commands_stand_in_the_readme_word_for_word():
    readme = (REPOSITORY / "README.md").read_text()
    assert "\npython3 -m venv .venv && .venv/bin/pip install . && .venv/bin/twistd -n flighttap --demo\n" in readme
    assert "\npython3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/python -m pytest\n" in readme


def test_every_picture_is_small_and_shown():
    told = "".join(page.read_text() for page in PAGES)
    pictures = list((REPOSITORY / "docs" / "images").iterdir())
    assert pictures
    for picture in pictures:
        assert f"images/{picture.name})" in told, picture.name
        assert picture.stat().st_size < 300_000, picture.name
