"""Patience: how long to sleep between two looks at the database while somebody waits."""

from __future__ import annotations

import time

SHORTEST_S = 0.001
LONGEST_S = 0.25
GROWTH = 1.1  # so that an end is seen no more than a tenth of the wait after it came
GOES_ON = "it goes on as long as workers run, which `gristmill up` starts"  # said when the time is up


class Patience:
    """Short sleeps first, longer ones later: quick answers are seen quickly, slow ones cost little."""

    def __init__(self, timeout_s: float | None) -> None:
        self._deadline = None if timeout_s is None else time.monotonic() + timeout_s
        self._pause_s = SHORTEST_S

    def wait(self) -> bool:
        """Sleep once; False when the time is up."""
        if self._deadline is not None and time.monotonic() >= self._deadline:
            return False
        time.sleep(self._pause_s)
        self._pause_s = min(self._pause_s * GROWTH, LONGEST_S)
        return True

    def refresh(self) -> None:
        """Something happened: look again soon."""
        self._pause_s = SHORTEST_S
