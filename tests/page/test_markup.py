"""What the page's files must and must not hold, read without a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

STATIC = Path(__file__).parent.parent.parent / "flighttap" / "web" / "static"
MODULES = sorted(path for path in STATIC.rglob("*.js") if STATIC / "vendor" not in path.parents)


class Tags(HTMLParser):
    """Every tag of a page with its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


PAGES = ("index.html", "admin.html")


def tags(page: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Tags()
    parser.feed((STATIC / page).read_text())
    return parser.tags


def references() -> Iterator[str]:
    for tag, attributes in (each for page in PAGES for each in tags(page)):
        if tag in {"script", "link", "img"}:
            yield str(attributes.get("src") or attributes.get("href"))


def test_the_page_names_only_files_that_are_there_and_all_of_them_under_static() -> None:
    for reference in references():
        assert reference.startswith("/static/"), reference
        assert (STATIC / reference.removeprefix("/static/")).is_file(), reference


def imported(module: Path, found: set[Path]) -> set[Path]:
    """A module, and all that it and they import from the first line on."""
    if module not in found:
        found.add(module)
        for _, name in re.findall(r'^(import|export)\b[^;]*?"(\.[^"]+)";', module.read_text(), re.MULTILINE):
            imported((module.parent / name).resolve(), found)
    return found


def test_every_module_of_the_page_is_asked_for_at_once_and_no_other() -> None:
    loaded = [each for _, each in tags("index.html") if each.get("rel") == "modulepreload"]
    first = STATIC / "js" / "app.js"
    library = next((STATIC / "vendor").glob("maplibre-gl-*/maplibre-gl.mjs"))
    wanted = (imported(first, set()) | {library}) - {first}
    assert sorted(str(each["href"]) for each in loaded) == sorted(
        f"/static/{module.relative_to(STATIC).as_posix()}" for module in wanted
    )


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_inline(page: str) -> None:
    for tag, attributes in tags(page):
        assert tag != "style"
        assert tag != "script" or attributes.get("src")
        for name in attributes:
            assert name != "style", tag
            assert not name.startswith("on"), (tag, name)


@pytest.mark.parametrize("page", PAGES)
def test_every_label_and_description_points_at_something(page: str) -> None:
    ids = [attributes["id"] for _, attributes in tags(page) if "id" in attributes]
    assert len(ids) == len(set(ids))
    for tag, attributes in tags(page):
        for name in ("for", "aria-controls", "aria-describedby", "aria-labelledby", "popovertarget"):
            if name in attributes:
                assert attributes[name] in ids, (tag, name)
        if tag == "use":
            assert str(attributes["href"]).removeprefix("#") in ids


def test_every_stylesheet_is_used() -> None:
    named = {reference.removeprefix("/static/") for reference in references()}
    assert {path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*.css")} <= named


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_a_module_stays_small_imports_what_is_there_and_parses_no_markup(module: Path) -> None:
    text = module.read_text()
    assert len(text.splitlines()) <= 450
    for target in re.findall(r'^import .* from "(.*)";', text, re.MULTILINE):
        assert target.startswith("."), target
        assert (module.parent / target).is_file(), target
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "http://w"):
        assert word not in text.replace("http://www.w3.org/2000/svg", ""), word
