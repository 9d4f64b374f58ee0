"""Makes ``twistd flighttap`` known. Nothing else: twistd imports every plugin module whenever it starts."""

from __future__ import annotations

from twisted.application.service import ServiceMaker

flighttap = ServiceMaker(
    "flighttap",
    "flighttap.tap",
    "A live flight hub: rooms of flights for browsers, clients and receivers.",
    "flighttap",
)
