"""What a process takes of the machine, from Linux's ``/proc``."""

from __future__ import annotations

import os
import re
from pathlib import Path

__all__ = ["Process", "machine"]


class Process:
    """Any running process of this machine."""

    def __init__(self, pid: int) -> None:
        self._folder = Path(f"/proc/{pid}")

    def cpu(self) -> float:
        """CPU seconds so far, user and system, of all the threads that it has."""
        ran = (int(task.read_text().split()[0]) for task in self._folder.glob("task/*/schedstat"))
        return sum(ran) / 1e9

    def memory(self) -> int:
        """Bytes that are resident now."""
        found = re.search(r"VmRSS:\s+(\d+) kB", (self._folder / "status").read_text())
        return int(found[1]) * 1024 if found else 0


def machine() -> str:
    """The processor, and how many of its cores there are."""
    found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return f"{os.cpu_count()} cores of {found[1] if found else 'an unknown processor'}"
