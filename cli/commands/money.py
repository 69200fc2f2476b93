"""`estimate`, `credits`, `budgets`: what work will cost, and what it may."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.commands.options import DEFAULT_TENANT, Analysis, Json, Limit, Model, Tenant

credit = typer.Typer(no_args_is_help=True)
budgets = typer.Typer(no_args_is_help=True)


def estimate(
    analysis: Analysis,
    source: Annotated[str, typer.Argument(metavar="FILE.jsonl|-", help="One JSON object per line.")],
    skip_bad_rows: Annotated[
        bool, typer.Option("--skip-bad-rows", help="Leave out rows that cannot be used.")
    ] = False,
    model: Model = "",
    tenant: Tenant = DEFAULT_TENANT,
    as_json: Json = False,
) -> None:
    """Say what a batch would cost, in tokens, money and credits, without asking anybody."""
    from cli.inputs import open_jsonl
    from cli.money import print_estimate

    rows = open_jsonl(source)
    told = {"skip_bad_rows": skip_bad_rows, "json": as_json}
    print_estimate(analysis, rows, model=model, tenant=tenant, **told)


@credit.command(context_settings={"ignore_unknown_options": True})  # so that -5 is a number
def grant(
    amount: Annotated[int, typer.Argument(min=0, help="How many credits; 0 only opens the account.")],
    why: Annotated[str | None, typer.Option("--note", help="What for; it stands in the ledger.")] = None,
    tenant: Tenant = DEFAULT_TENANT,
    as_json: Json = False,
) -> None:
    """Give a tenant credits. From the first grant on, its work is metered."""
    from cli.money import grant_credits

    grant_credits(tenant, amount, why, json=as_json)


@credit.command("show")
def show_credits(limit: Limit = 20, tenant: Tenant = DEFAULT_TENANT, as_json: Json = False) -> None:
    """The balance, and the newest entries of the ledger."""
    from cli import money

    money.show_credits(tenant, limit=limit, json=as_json)


@budgets.command("set")
def set_(
    period: Annotated[str, typer.Argument(metavar="day|month", help="Both begin at midnight UTC.")],
    amount: Annotated[str, typer.Argument(metavar="DOLLARS|none", help="Such as 5 or 0.25.")],
    tenant: Tenant = DEFAULT_TENANT,
    as_json: Json = False,
) -> None:
    """Limit what a tenant may spend on models; jobs beyond it wait for the next period."""
    from cli.money import change_budget

    change_budget(tenant, period, amount, json=as_json)


@budgets.command("show")
def show_budgets(tenant: Tenant = DEFAULT_TENANT, as_json: Json = False) -> None:
    """The budgets, and what is spent, under way and left."""
    from cli import money

    money.show_budgets(tenant, json=as_json)
