"""Benchmarks that anybody can run again, side by side with flighttap's peers.

``python -m benchmarks NAME`` runs ``benchmarks/NAME.py`` and prints a table in
Markdown. A benchmark is a module here with ``main(arguments) -> int``.
"""

from __future__ import annotations
