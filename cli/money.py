"""Money: estimates, credits and budgets at the terminal."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cli.inputs import Lines
from cli.outcomes import judge_lines
from cli.output import NONE, moment, note, print_json, print_table, stdout
from cli.problems import WrongUsage
from cli.ready import with_database
from models.budgets import MOST_MICRO, Period, drop_budget, set_budget, standings, usd
from models.credits import get_balance, grant, list_entries
from models.database import clock, reading, transact
from models.tenants import ensure_tenant

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from models.budgets import Standing
    from pipelines.quote import Quote

MICRO = 1_000_000
NO_LIMIT = "none"
LONGEST_NOTE_CHARS = 200


def print_estimate(
    analysis: str, lines: Lines, *, model: str, tenant: str, skip_bad_rows: bool, json: bool
) -> None:
    """What the rows would cost. Raises WrongUsage for rows that will not do."""
    from analyses import get_analysis

    known = get_analysis(analysis)
    lines.check(known)
    judge_lines(lines, skip=skip_bad_rows)
    with_database()
    from pipelines.quote import quote

    told = quote(known, lines.rows(known), tenant=tenant, model=model)
    print_json(quote_fields(told)) if json else _print_quote(told)


def quote_fields(told: Quote) -> dict[str, Any]:
    """A quote under the names that JSON shows; money in millionths of a US dollar."""
    return {
        "analysis": told.analysis,
        "answerer": told.answerer,
        "jobs": told.jobs,
        "tokens": told.tokens,
        "cost_micro": told.micro,
        "credits": told.credits,
        "price_known": told.is_price_known,
        "balance": told.balance,
        "budgets": [budget_fields(standing) for standing in told.budgets],
        "obstacles": told.obstacles,
    }


def grant_credits(tenant: str, amount: int, why: str | None, *, json: bool) -> None:
    """Add to a tenant's account; its waiting jobs start within a second. Raises InvalidInput."""
    if why is not None and len(why) > LONGEST_NOTE_CHARS:
        raise WrongUsage(f"A note has at most {LONGEST_NOTE_CHARS} characters.")
    with_database()

    def give(connection: Connection) -> int:
        ensure_tenant(connection, tenant)
        return grant(connection, tenant, amount, why)

    balance = transact(give)
    print_json({"tenant": tenant, "granted": amount, "balance": balance}) if json else note(
        f"{amount:,} credits granted; {tenant} has {balance:,}."
    )


def show_credits(tenant: str, *, limit: int, json: bool) -> None:
    """The balance and the newest entries of the ledger."""
    with_database()
    with reading() as connection:
        balance = get_balance(connection, tenant)
        entries = list_entries(connection, tenant, before=None, limit=limit)
    if json:
        columns = ("id", "kind", "amount", "balance", "job_id", "note", "at_ms")
        told = [{name: getattr(entry, name) for name in columns} for entry in entries]
        print_json({"tenant": tenant, "balance": balance, "entries": told})
        return
    if balance is None:
        note(f"{tenant} is not metered; `gristmill credits grant` opens an account.")
        return
    stdout().print(f"{tenant} has {balance:,} credits.")
    rows = [(moment(e.at_ms), e.kind, f"{e.amount:+,}", f"{e.balance:,}", e.job_id, e.note) for e in entries]
    print_table(("when", "what", "amount", "balance", "job", "note"), rows)


def change_budget(tenant: str, period: str, amount: str, *, json: bool) -> None:
    """Limit what a tenant may spend per day or month, or lift that limit. Raises WrongUsage."""
    which = _period(period)
    limit_micro = None if amount == NO_LIMIT else _micro(amount)
    with_database()

    def limit(connection: Connection) -> None:
        ensure_tenant(connection, tenant)
        if limit_micro is None:
            drop_budget(connection, tenant, which)
        else:
            set_budget(connection, tenant, which, limit_micro)

    transact(limit)
    if json:
        print_json({"tenant": tenant, "period": which, "limit_micro": limit_micro})
        return
    told = "no limit" if limit_micro is None else f"{usd(limit_micro)} at most"
    note(f"{tenant} may spend in each {which}: {told}.")


def show_budgets(tenant: str, *, json: bool) -> None:
    """The budgets and how they stand."""
    with_database()
    with reading() as connection:
        found = standings(connection, [tenant], clock(connection))
    if json:
        for standing in found:
            print_json(budget_fields(standing))
        return
    if not found:
        note(f"{tenant} has no budget; `gristmill budgets set day 5.00` sets one.")
        return
    _print_budgets(found)


def budget_fields(standing: Standing) -> dict[str, Any]:
    """A budget under the names that JSON shows."""
    return {
        "period": standing.period,
        "limit_micro": standing.limit_micro,
        "spent_micro": standing.spent_micro,
        "in_flight_micro": standing.in_flight_micro,
        "left_micro": standing.left_micro,
        "ends_at_ms": standing.ends_at_ms,
    }


def _print_quote(told: Quote) -> None:
    cost = usd(told.micro) if told.is_price_known else f"{usd(told.micro)} (the model's price is not known)"
    balance = NONE if told.balance is None else f"{told.balance:,} in the account"
    rows = [
        ("answered by", told.answerer, ""),
        ("jobs", f"{told.jobs:,}", ""),
        ("tokens", f"{told.tokens:,}", "input and output"),
        ("money", cost, "if no row repeats another"),
        ("credits", f"{told.credits:,}", balance),
    ]
    print_table(("estimate", "", ""), rows)
    if told.budgets:
        _print_budgets(told.budgets)
    for obstacle in told.obstacles:
        note(f"{obstacle} The rest would wait.")


def _print_budgets(found: Any) -> None:
    rows = [
        (s.period, usd(s.limit_micro), usd(s.spent_micro), usd(s.in_flight_micro), usd(s.left_micro))
        for s in found
    ]
    print_table(("budget of the", "limit", "spent", "under way", "left"), rows)


def _period(given: str) -> Period:
    try:
        return Period(given)
    except ValueError:
        raise WrongUsage(f"{given[:20]!r} is no period; choose one of {', '.join(Period)}.") from None


def _micro(given: str) -> int:
    """Dollars as typed (`5`, `0.25`, `$5`) in millionths. Raises WrongUsage."""
    try:
        micro = Decimal(given.removeprefix("$")) * MICRO
        if 0 <= micro <= MOST_MICRO and micro == int(micro):
            return int(micro)
    except ArithmeticError:
        pass
    raise WrongUsage(f"{given[:20]!r} is no amount; give dollars such as 5 or 0.25, or {NO_LIMIT}.")
