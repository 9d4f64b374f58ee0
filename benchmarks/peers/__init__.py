"""The servers that flighttap is compared with, each a room server of a few lines, and what installs what they need.

``python -m benchmarks.peers`` installs it once into a folder of its own in the cache.
"""

from __future__ import annotations
