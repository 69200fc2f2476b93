"""Loaded into a worker: its own clock is off, by as many seconds as WRONG_TIME_S says."""

from __future__ import annotations

import os
import time

OFF_S = int(os.environ["WRONG_TIME_S"])
_time, _time_ns = time.time, time.time_ns


def _wrong_time() -> float:
    return _time() + OFF_S


def _wrong_time_ns() -> int:
    return _time_ns() + OFF_S * 1_000_000_000


time.time, time.time_ns = _wrong_time, _wrong_time_ns
