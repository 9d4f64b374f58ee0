"""``python -m benchmarks.peers``: install what the peers need."""

from __future__ import annotations

import sys

from benchmarks.peers.setup import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
