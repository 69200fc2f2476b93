"""Backoff: longer each time, never in step, never before the other side allows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.retries import LONGEST_BACKOFF_MS, Retries, backoff_ms, retries_of
from settings import Settings


@given(st.integers(0, 40))
def test_a_delay_lies_between_half_and_all_of_its_exponential(failures: int) -> None:
    full_ms = min(2_000 * 2**failures, LONGEST_BACKOFF_MS)
    assert full_ms // 2 <= backoff_ms(2_000, failures) <= full_ms


def test_two_jobs_that_failed_together_do_not_come_back_together() -> None:
    assert len({backoff_ms(2_000, 5) for _ in range(50)}) > 10


@given(st.floats(0, 10_000))
def test_retry_after_is_obeyed(retry_after_s: float) -> None:
    assert backoff_ms(2_000, 0, retry_after_s) >= int(retry_after_s * 1000)


@pytest.mark.parametrize(
    ("queue", "attempts", "first_wait_ms"),
    [
        ("ai_analysis", 3, 2_000),
        ("a queue of one's own", 3, 2_000),
        ("briefs", 3, 10_000),
        ("documents", 3, 5_000),
        ("emails", 3, 5_000),
        ("sync", 5, 10_000),
    ],
)
def test_each_queue_has_its_attempts_and_first_wait(queue: str, attempts: int, first_wait_ms: int) -> None:
    assert retries_of(queue, Settings()) == Retries(attempts, first_wait_ms)


def test_the_settings_are_for_the_queues_without_retries_of_their_own() -> None:
    settings = Settings(worker_max_attempts=7, worker_backoff_delay=50)
    assert retries_of("ai_analysis", settings) == Retries(7, 50)
    assert retries_of("sync", settings) == Retries(5, 10_000)
