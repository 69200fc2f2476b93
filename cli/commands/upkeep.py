"""`cleanup`: what need not be kept."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.commands.options import Json

KeepCompleted = Annotated[int | None, typer.Option(min=0, help="Keep the newest N completed of each queue.")]
KeepFailed = Annotated[int | None, typer.Option(min=0, help="Keep the newest N failed of each queue.")]


def cleanup(
    queue: Annotated[str | None, typer.Option(help="Only this queue.")] = None,
    keep_completed: KeepCompleted = None,
    keep_failed: KeepFailed = None,
    older_than: Annotated[
        str | None, typer.Option(help="Remove what ended longer ago: 7d, 12h, 30m.")
    ] = None,
    tenant: Annotated[
        str | None, typer.Option(help="Only this tenant's; else everybody's.", envvar="GRISTMILL_TENANT")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Remove ended jobs with all that hangs on them; without a bound, by the KEEP_… settings.

    It says what will go, and asks first.
    """
    from cli.cleanup import days, run
    from models.retention import Keep

    age = None if older_than is None else days(older_than)
    asked = any(bound is not None for bound in (keep_completed, keep_failed, age))
    keep = Keep(keep_completed, age, keep_failed, age) if asked else None
    run(keep, tenant=tenant, queue=queue, dry_run=dry_run, yes=yes, json=as_json)
