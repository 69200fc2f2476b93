"""Upkeep: the fleet's cleanup, in a thread of every worker, once an hour for them all."""

from __future__ import annotations

import structlog

from actors import Chore, chores
from pipelines.cleanup import cleanup_if_due

log = structlog.get_logger(__name__)

LOOK_EVERY_MS = 60_000


def clean_up() -> None:
    """Remove what need not be kept, if it is time and nobody else has begun."""
    if removed := cleanup_if_due():
        log.info("cleaned up", **removed)


chores.add(Chore("cleanup", clean_up, every_ms=LOOK_EVERY_MS))
