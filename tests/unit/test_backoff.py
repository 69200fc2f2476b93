"""Backoff: longer each time, never in step, never before the other side allows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from actors.middleware.durable import LONGEST_BACKOFF_MS, backoff_ms


@given(st.integers(0, 40))
def test_a_delay_lies_between_half_and_all_of_its_exponential(failures: int) -> None:
    full_ms = min(2_000 * 2**failures, LONGEST_BACKOFF_MS)
    assert full_ms // 2 <= backoff_ms(failures) <= full_ms


def test_two_jobs_that_failed_together_do_not_come_back_together() -> None:
    assert len({backoff_ms(5) for _ in range(50)}) > 10


@given(st.floats(0, 10_000))
def test_retry_after_is_obeyed(retry_after_s: float) -> None:
    assert backoff_ms(0, retry_after_s) >= int(retry_after_s * 1000)
