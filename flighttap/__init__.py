"""flighttap: a live flight hub. People and receivers stream flights into rooms."""

__version__ = "0.1.0"
