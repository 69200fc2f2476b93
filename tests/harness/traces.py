"""Traces: the files under home in which workers leave word for the test, appended in single writes."""

from __future__ import annotations

import os
from pathlib import Path

TRIVIAL = "test.trivial"  # the analysis whose runs are traced
RUNS = "runs.log"  # a line for each run
COPIED = "copied.log"  # a byte for each copy of a message sent
SKIPPED = "skipped.log"  # a byte for each message skipped
ACCEPTED = "accepted.log"  # a line for each job whose submission returned in a producer
TICKS = "ticks.log"  # a byte for each tick that was done
SWEEPS = "sweeps.log"  # a parenthesis for each sweep of a sweeper, open while it is at it


def append(file: Path, text: str) -> int:
    """Append in one write; gives the file's size after it."""
    handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, text.encode())
        return os.fstat(handle).st_size
    finally:
        os.close(handle)
