"""Pure parts of budgets: when a period ends, and how money is shown and typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.money import _micro
from cli.problems import WrongUsage
from models.budgets import Period, _next, usd
from models.charges import day_of

DAY_MS = 86_400_000


@given(st.integers(0, 4 * 10**12))
def test_a_period_ends_where_the_next_day_or_month_of_utc_begins(now: int) -> None:
    for period, shown in ((Period.DAY, 10), (Period.MONTH, 7)):
        end = _next(period, now)
        assert day_of(end - 1)[:shown] == day_of(now)[:shown] != day_of(end)[:shown]
        assert end % DAY_MS == 0


def test_money_is_shown_with_the_digits_it_needs() -> None:
    assert [usd(n) for n in (0, 1, 1_250_000, 999_999, 1_234_000_000_000)] == [
        *("$0.00", "$0.000001", "$1.25", "$0.999999", "$1,234,000.00")
    ]


def test_money_is_typed_in_dollars() -> None:
    assert [_micro(typed) for typed in ("5", "$0.25", "0.000001")] == [5_000_000, 250_000, 1]


@pytest.mark.parametrize("typed", ["x", "", "-1", "1e999999999", "NaN", "inf", "0.0000001", "9e15"])
def test_what_is_no_amount_is_refused(typed: str) -> None:
    with pytest.raises(WrongUsage, match="give dollars"):
        _micro(typed)
