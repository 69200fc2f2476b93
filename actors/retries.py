"""Retries: how many attempts a queue's jobs have, and how long each waits for the next. One table for all.

A queue that is not in the table has WORKER_MAX_ATTEMPTS, the first retry after WORKER_BACKOFF_DELAY.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from settings import Settings

LONGEST_BACKOFF_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Retries:
    """`attempts` in all, and the wait before the second, which doubles from there."""

    attempts: int
    first_wait_ms: int


# What these do takes long, or hangs on somebody else's service, which is seldom back in a second or two.
OWN: dict[str, Retries] = {
    "briefs": Retries(3, 10_000),
    "documents": Retries(3, 5_000),
    "emails": Retries(3, 5_000),
    "sync": Retries(5, 10_000),
}


def retries_of(queue: str, settings: Settings) -> Retries:
    """What this queue's jobs have."""
    usual = Retries(settings.worker_max_attempts, settings.worker_backoff_delay)
    return OWN.get(queue, usual)


def backoff_ms(first_wait_ms: int, failures_before: int, retry_after_s: float | None = None) -> int:
    """Exponential backoff with half of it left to chance, and never before the other side allows.

    Jitter as in M. Brooker, "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015), "equal".
    """
    full_ms = min(first_wait_ms * 2**failures_before, LONGEST_BACKOFF_MS)
    chosen_ms = full_ms / 2 + random.random() * full_ms / 2  # noqa: S311 - spread, not secrecy
    return int(max(chosen_ms, (retry_after_s or 0) * 1000))
