"""A scheduler: `python -m tests.harness.scheduling` is the `periodiq` command for our modules."""

from __future__ import annotations

import sys

from periodiq import entrypoint

if __name__ == "__main__":
    sys.argv[1:] = ["actors", "pipelines", "scheduler"]
    sys.exit(entrypoint())
