"""Rates: how much may be used in each period, as pure sums over what was used before.

A period is parted into slices, and what was used is kept by the number of its slice. The slice in which
the period began counts as a whole, so no stretch of time as long as the period, wherever it begins, ever
holds more than the rate (a token bucket lets through twice as much after a rest). The price is that up to
one slice of each period goes unused.
"""

from __future__ import annotations

from collections.abc import Mapping

SLICES = 60

Spent = Mapping[str, int]
"""What was used in which slice: JSON knows only texts as keys."""


def used(spent: Spent, period_ms: int, now: int) -> int:
    """What was used in the period that ends now; what lies ahead since the clock was put back is not."""
    newest = now // _slice_ms(period_ms)
    return sum(amount for number, amount in spent.items() if newest - SLICES <= int(number) <= newest)


def free_at_ms(spent: Spent, period_ms: int, now: int, most: int) -> int:
    """When no more than `most` of what was used until now will count; `now` if that is so already."""
    slice_ms = _slice_ms(period_ms)
    counted = used(spent, period_ms, now)
    newest = now // slice_ms
    for number in sorted(int(n) for n in spent if newest - SLICES <= int(n) <= newest):
        if counted <= most:
            break
        counted -= spent[str(number)]
        now = max(now, (number + SLICES + 1) * slice_ms)
    return now


def with_use(spent: Spent, period_ms: int, now: int, amount: int) -> dict[str, int]:
    """`spent` with `amount` (negative to give some back) used now; slices that count no more are dropped."""
    number = now // _slice_ms(period_ms)
    kept = {n: a for n, a in spent.items() if int(n) >= number - SLICES}
    kept[str(number)] = kept.get(str(number), 0) + amount
    return kept


def without_use(spent: Spent, period_ms: int, at_ms: int, amount: int) -> dict[str, int]:
    """`spent` without `amount` of what was used at that time, as far as that is still counted."""
    number = str(at_ms // _slice_ms(period_ms))
    return {**spent, number: max(spent.get(number, 0) - amount, 0)}


def _slice_ms(period_ms: int) -> int:
    return max(period_ms // SLICES, 1)
