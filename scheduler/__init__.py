"""The scheduler: the minute tick, what is due, and the sweep that stands behind every worker.

`periodiq actors pipelines scheduler` runs it. It holds nothing: any number may run.
"""

from __future__ import annotations

from scheduler.sweep import sweep_once
from scheduler.tick import tick
from scheduler.upkeep import clean_up
from scheduler.vendor import poll_batches

__all__ = ["clean_up", "poll_batches", "sweep_once", "tick"]
