"""What is in the wheel, and that every way of installing it gives ``twistd flighttap``.

The quick tests read setup.py and pyproject.toml; the slow ones build and install in environments of their own and
need a package index.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
import urllib.request
import zipfile
from pathlib import Path
from urllib.parse import urljoin

import pytest

from tests.daemon import running
from tests.needs import REPOSITORY, need_uv

PLUGIN = "twisted/plugins/flighttap_plugin.py"
LEFT_OUT = shutil.ignore_patterns(
    *(".git", ".venv", "venv", "build", "dist", "*.egg-info", "__pycache__", ".*_cache", ".hypothesis", "node_modules"),
    "dropin.cache*",  # other programs may be writing it
)


def run(*words: object, cwd: Path, **environment: str) -> str:
    """Run a program to its end and give what it printed; its failure is the test's."""
    done = subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, f"{words} ended with {done.returncode}:\n{done.stdout}"
    return done.stdout


def new_environment(folder: Path) -> Path:
    """A fresh virtual environment with nothing but pip; gives its ``bin``."""
    run(sys.executable, "-m", "venv", folder, cwd=folder.parent)
    return folder / "bin"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the checkout, so that building leaves nothing in the real one."""
    return Path(shutil.copytree(REPOSITORY, tmp_path / "checkout", ignore=LEFT_OUT))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as pip builds it."""
    folder = tmp_path_factory.mktemp("wheel")
    source = shutil.copytree(REPOSITORY, folder / "checkout", ignore=LEFT_OUT)
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, source, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


def members(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return [name for name in archive.namelist() if not name.endswith("/")]


# ---- quick


def test_nothing_beside_the_plugin_stands_under_twisted():
    ours = REPOSITORY / "twisted"
    files = {str(path.relative_to(REPOSITORY)) for path in ours.rglob("*") if path.is_file()}
    assert {name for name in files if "__pycache__" not in name and "dropin.cache" not in name} == {PLUGIN}


def test_pyproject_names_exactly_what_setup_py_sets():
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    said_in_setup = set(re.findall(r"^    (\w+)=", (REPOSITORY / "setup.py").read_text(), re.MULTILINE))
    names = {
        "version": "version",
        "description": "description",
        "long_description": "readme",
        "license_expression": "license",
        "author": "authors",
        "keywords": "keywords",
        "classifiers": "classifiers",
        "install_requires": "dependencies",
        "extras_require": "optional-dependencies",
    }
    assert set(project["dynamic"]) == {field for keyword, field in names.items() if keyword in said_in_setup}
    assert set(project) == {"name", "requires-python", "dynamic"}
    assert f'python_requires="{project["requires-python"]}"' in (REPOSITORY / "setup.py").read_text()


# ---- slow: the wheel


@pytest.mark.slow
def test_the_wheel_holds_one_file_under_twisted_and_nothing_foreign(wheel: Path):
    names = members(wheel)
    assert [name for name in names if name.startswith("twisted/")] == [PLUGIN]
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"twisted", "flighttap"}
    assert "flighttap/py.typed" in names
    assert not [name for name in names if "__pycache__" in name or "/tests/" in name]


@pytest.mark.slow
def test_the_wheel_holds_every_module_and_every_file_of_the_page(wheel: Path):
    package = REPOSITORY / "flighttap"
    wanted = {f"flighttap/{path.relative_to(package)}" for path in package.rglob("*.py")}
    static = package / "web" / "static"
    wanted |= {f"flighttap/web/static/{path.relative_to(static)}" for path in static.rglob("*") if path.is_file()}
    assert {name for name in wanted if "__pycache__" not in name} <= set(members(wheel))


@pytest.mark.slow
def test_a_server_from_the_wheel_serves_all_that_the_page_names(wheel: Path, tmp_path: Path):
    environment = new_environment(tmp_path / "venv")
    run(environment / "pip", "install", "--quiet", wheel, cwd=tmp_path)
    assert "flighttap" in run(environment / "twistd", "--help", cwd=tmp_path)
    # Autobahn formats coloured debug lines for every message wherever click can be imported.
    run(environment / "python", "-c", "import importlib.util as u; assert not u.find_spec('click')", cwd=tmp_path)
    with running("--demo", program=environment / "twistd", cwd=tmp_path) as server:
        seen = follow(server.page("demo")) | follow(urljoin(server.page("demo"), "/admin/"))
    shown = {url.partition("?")[0].rpartition("/")[2] for url in seen}
    static = REPOSITORY / "flighttap" / "web" / "static"
    scripts = {path.name for path in static.rglob("*.js") if static / "vendor" not in path.parents}
    assert scripts <= shown, "scripts that nothing on a page leads to"

    run(environment / "pip", "uninstall", "--quiet", "--yes", "flighttap", cwd=tmp_path)
    after = run(environment / "twistd", "--help", cwd=tmp_path)
    assert "flighttap" not in after
    assert "web" in after
    run(environment / "python", "-c", "import twisted.plugins, twisted.web.server", cwd=tmp_path)
    run(environment / "pip", "check", cwd=tmp_path)


def follow(page: str) -> set[str]:
    """Fetch a page and everything on the same host that it, its styles and its scripts name; all must be there."""
    here = urljoin(page, "/")
    seen: set[str] = set()
    waiting = {page}
    while waiting:
        url = waiting.pop()
        seen.add(url)
        with urllib.request.urlopen(url, timeout=10) as answer:
            assert answer.status == 200
            kind = answer.headers.get_content_type()
            body = answer.read()
        assert body, url
        if kind == "text/html":
            named = re.findall(r'<(?:script|link|img)\b[^>]*?\b(?:src|href)="([^"#]+)"', body.decode())
        elif kind == "text/javascript":
            text = body.decode()
            named = re.findall(r'^\s*(?:import|export)\b[^;"\']*?["\'](\.[^"\']+)["\']', text, re.MULTILINE)
            named += re.findall(r'\bimport\(["\'](\.[^"\']+)["\']\)', text)
        elif kind == "text/css":
            named = re.findall(r'url\(["\']?([^"\')]+)', body.decode())
        else:
            named = []
        found = {urljoin(url, name) for name in named if not name.startswith("data:")}
        waiting |= {each for each in found if each.startswith(here)} - seen
    return seen


# ---- slow: ways to install


@pytest.mark.nightly  # README's two commands, which tests/docs runs, install in both of these ways
@pytest.mark.parametrize("words", [["."], ["-e", "."]], ids=["pip install .", "pip install -e ."])
def test_pip_gives_twistd_flighttap(checkout: Path, tmp_path: Path, words: list[str]):
    environment = new_environment(tmp_path / "venv")
    run(environment / "pip", "install", "--quiet", *words, cwd=checkout)
    assert_works(environment / "twistd", tmp_path)
    run(environment / "pip", "uninstall", "--quiet", "--yes", "flighttap", cwd=tmp_path)
    assert "flighttap" not in run(environment / "twistd", "--help", cwd=tmp_path)


@pytest.mark.slow
def test_uv_pip_gives_twistd_flighttap(checkout: Path, tmp_path: Path):
    uv = need_uv()
    run(uv, "venv", "--quiet", "--python", sys.executable, tmp_path / "venv", cwd=tmp_path)
    environment = tmp_path / "venv" / "bin"
    run(uv, "pip", "install", "--quiet", "--python", environment / "python", ".", cwd=checkout)
    assert_works(environment / "twistd", tmp_path)


@pytest.mark.slow
def test_uv_run_gives_twistd_flighttap(checkout: Path, tmp_path: Path):
    run(need_uv(), "run", "--quiet", "twistd", "flighttap", "--version", cwd=checkout, UV_PYTHON=sys.executable)
    assert_works(checkout / ".venv" / "bin" / "twistd", tmp_path)


def assert_works(twistd: Path, cwd: Path) -> None:
    """twistd lists flighttap, knows its options and serves a room."""
    assert "flighttap" in run(twistd, "--help", cwd=cwd)
    assert "--feed" in run(twistd, "flighttap", "--help", cwd=cwd)
    with running("--demo", program=twistd, cwd=cwd) as server:
        assert server.get("/api/v1/rooms")


@pytest.mark.slow
@pytest.mark.parametrize("python", ["3.11", "3.13"])
def test_every_dependency_has_a_wheel_for_a_raspberry_pi(wheel: Path, tmp_path: Path, python: str):
    """Nothing has to be compiled on 64-bit Raspberry Pi OS (bookworm: 3.11, trixie: 3.13)."""
    platforms = [word for tag in ("2_28", "2_17") for word in ("--platform", f"manylinux_{tag}_aarch64")]
    target = ["--python-version", python, "--implementation", "cp", "--only-binary=:all:", *platforms]
    run(
        *(sys.executable, "-m", "pip", "download", "--quiet", "--dest", tmp_path),
        *(*target, f"flighttap[tls,test] @ {wheel.as_uri()}"),
        cwd=tmp_path,
    )
    assert list(tmp_path.glob("autobahn-*aarch64.whl"))
