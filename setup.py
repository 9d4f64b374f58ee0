"""Packaging of flighttap.

This file is the real one: pyproject.toml only names the project, so that tools that want a ``[project]`` table are
content. Two lines below are not decoration:

* ``package_dir={"": "."}`` makes an editable install put the checkout itself on the path, and ``twistd`` finds the
  plugin there; without it the plugin is lost in ``pip install -e .`` and ``uv run``.
* ``twisted.plugins`` is listed as a package without any ``__init__.py``: the wheel then holds exactly one file under
  ``twisted/``, and removing flighttap leaves Twisted as it was.
"""

from __future__ import annotations

import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).resolve().parent


def version() -> str:
    """The version as the package itself says it, read without importing the package."""
    text = (HERE / "flighttap" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "([^"]+)"$', text, re.MULTILINE)
    if found is None:
        raise RuntimeError("flighttap/__init__.py does not say __version__")
    return found.group(1)


setup(
    name="flighttap",
    version=version(),
    description="A live flight hub: people and receivers stream flights into rooms, browsers and clients watch",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license_expression="MIT",
    author="The flighttap authors",
    keywords=["ads-b", "aircraft", "autobahn", "beast", "mode-s", "twisted", "websocket"],
    classifiers=[
        "Development Status :: 4 - Beta",
        "Environment :: No Input/Output (Daemon)",
        "Framework :: Twisted",
        "Operating System :: POSIX",
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3 :: Only",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Topic :: Communications",
        "Typing :: Typed",
    ],
    python_requires=">=3.11",
    package_dir={"": "."},
    packages=[*find_packages(include=["flighttap", "flighttap.*"]), "twisted.plugins"],
    package_data={"flighttap": ["py.typed", "web/static/**/*"]},
    include_package_data=False,
    zip_safe=False,
    install_requires=[
        "autobahn>=26.10.2",
        "cryptography>=50.0",
        "msgspec>=0.20",
        "prometheus_client>=0.22",
        "pyjwt>=2.15",
        "twisted>=25.5",
        "zope.interface>=6.2",
    ],
    extras_require={
        "tls": ["twisted[tls]>=25.5"],
        "test": [
            "twisted[tls]>=25.5",
            "hypothesis>=6.100",
            "playwright>=1.50",
            "pytest>=9.0",
            "pytest-twisted>=1.14.3",
            "rs1090>=0.7",
            "uv>=0.9",
            "websockets>=15.0",
        ],
        "dev": [
            "mypy>=2.4",
            "mypy-zope>=1.0.17",
            "bandit>=1.8",
            "ruff>=0.17",
        ],
    },
)
