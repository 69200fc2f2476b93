"""The loop that calls run on: a reply that is there is given, in whichever moment it came."""

from __future__ import annotations

import asyncio

import pytest

from adapters.llm import loop

CALLS = 500


async def _answered(number: int) -> int:
    await asyncio.sleep(0)
    return number


def test_a_reply_that_comes_just_as_the_wait_for_it_ends_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "POLL_S", 0)  # the wait ends again and again, and so in the very moment
    assert [loop.run(_answered(n), 10) for n in range(CALLS)] == list(range(CALLS))


def test_a_time_out_of_the_calls_own_is_told_as_such() -> None:
    async def too_slow() -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        loop.run(too_slow(), 10)
