"""Quotes: what many rows would cost, and what the tenant's credits and budgets leave for them.

Rows are read one by one, so a generator of any length needs the memory of one. A quote is what all rows
cost if each is asked about: rows that repeat each other, or an earlier question, cost less.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from adapters.llm import check_answerer
from analyses.base import Analysis
from errors import GristmillError, InvalidInput
from models.budgets import Standing, standings, usd
from models.credits import get_balance
from models.database import clock, reading
from pipelines.estimate import estimate
from settings import get_settings


@dataclass(frozen=True, slots=True)
class Quote:
    """The estimate for a batch. `balance` is None for a tenant that is not metered."""

    analysis: str
    answerer: str  # `local` or `provider/model`
    jobs: int
    tokens: int
    micro: int  # millionths of a US dollar
    credits: int
    is_price_known: bool
    balance: int | None
    budgets: tuple[Standing, ...]

    @property
    def obstacles(self) -> list[str]:
        """What would keep some of it waiting, in words; empty if all of it may run now."""
        told = []
        if self.balance is not None and self.credits > self.balance:
            told.append(f"It takes {self.credits:,} credits and the account has {self.balance:,}.")
        for standing in self.budgets:
            if self.micro > standing.left_micro:
                left = usd(standing.left_micro)
                told.append(
                    f"It costs {usd(self.micro)} and the budget of the {standing.period} has {left} left."
                )
        return told


def quote(
    analysis: Analysis[Any, Any], rows: Iterable[Mapping[str, Any] | str], *, tenant: str, model: str = ""
) -> Quote:
    """The quote for these rows, answered by `model` (`local` or `provider/model`; empty: as configured).

    Raises InvalidInput, for a row that will not do with its number (from 1).
    """
    if model:
        check_answerer(model)
    settings = get_settings()
    answerer = model or settings.answerer
    jobs = tokens = micro = credits_ = 0
    is_known = True
    for jobs, row in enumerate(rows, 1):
        try:
            content = analysis.parse_content({"text": row} if isinstance(row, str) else row)
        except GristmillError as error:
            raise InvalidInput(f"Row {jobs}: {error.message}") from None
        one = estimate(settings, analysis, content, answerer)
        tokens, micro, credits_ = tokens + one.tokens, micro + one.micro, credits_ + one.credits
        is_known = is_known and one.is_known
    with reading() as connection:
        balance = get_balance(connection, tenant)
        budgets = tuple(standings(connection, [tenant], clock(connection)))
    return Quote(analysis.name, answerer, jobs, tokens, micro, credits_, is_known, balance, budgets)
