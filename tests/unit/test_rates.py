"""models.rates: however use is spread, no stretch of one period ever holds more than the rate."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from models.rates import SLICES, free_at_ms, used, with_use

PERIOD_MS = 60_000
RATE = 10


@given(st.lists(st.tuples(st.integers(0, 20_000), st.integers(1, 4)), min_size=1, max_size=80))
def test_no_stretch_of_a_period_holds_more_than_the_rate(asked: list[tuple[int, int]]) -> None:
    spent: dict[str, int] = {}
    let_through: list[tuple[int, int]] = []
    now = 1_700_000_000_000
    for pause_ms, amount in asked:
        now += pause_ms
        if used(spent, PERIOD_MS, now) + amount <= RATE:
            spent = with_use(spent, PERIOD_MS, now, amount)
            let_through.append((now, amount))
    for begin, _ in let_through:
        within = sum(amount for at, amount in let_through if begin <= at < begin + PERIOD_MS)
        assert within <= RATE


@given(
    st.lists(st.tuples(st.integers(0, 90_000), st.integers(1, RATE)), min_size=1, max_size=20),
    st.integers(1, RATE),
)
def test_free_at_is_the_first_slice_in_which_there_is_room(uses: list[tuple[int, int]], wanted: int) -> None:
    spent: dict[str, int] = {}
    now = 1_700_000_000_123
    for pause_ms, amount in uses:
        now += pause_ms
        spent = with_use(spent, PERIOD_MS, now, amount)
    at = free_at_ms(spent, PERIOD_MS, now, RATE - wanted)
    assert used(spent, PERIOD_MS, at) + wanted <= RATE
    assert at == now or used(spent, PERIOD_MS, at - 1) + wanted > RATE


def test_what_is_kept_does_not_grow() -> None:
    spent: dict[str, int] = {}
    for second in range(1_000):
        spent = with_use(spent, PERIOD_MS, second * 1_000, 1)
    assert len(spent) == SLICES + 1


def test_what_is_given_back_may_be_used_again() -> None:
    spent = with_use({}, PERIOD_MS, 5_000, 900)
    assert used(with_use(spent, PERIOD_MS, 5_000, -400), PERIOD_MS, 5_000) == 500
