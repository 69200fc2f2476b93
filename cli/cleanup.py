"""Cleaning up, as asked for at the terminal: with a bar, and what went at the end."""

from __future__ import annotations

import re
import sys
from collections import Counter

import typer

from cli.output import note, print_json, print_table
from cli.problems import WrongUsage
from cli.progress import Bars
from cli.ready import with_database
from models.retention import Keep

SPAN_FORM = re.compile(r"(\d+(?:\.\d+)?)([dhm])")
PER_DAY = {"d": 1, "h": 24, "m": 1440}


def days(span: str) -> float:
    """`7d`, `12h` or `30m` in days. Raises WrongUsage."""
    found = SPAN_FORM.fullmatch(span.strip())
    if found is None:
        raise WrongUsage(
            f"--older-than {span[:20]!r} is no span of time; give days (7d), hours (12h) or minutes (30m)."
        )
    return float(found[1]) / PER_DAY[found[2]]


def run(
    keep: Keep | None, *, tenant: str | None, queue: str | None, dry_run: bool, yes: bool, json: bool
) -> None:
    """Remove what `keep` does not keep (None: what the settings do not) and say how much that was.

    Somebody has to agree to it first. Raises WrongUsage where nobody can and `yes` is missing.
    """
    settings = with_database()
    from pipelines.cleanup import cleanup, keep_by_settings, remove_all

    keep = keep or keep_by_settings(settings)
    found = cleanup(keep, tenant=tenant, queue=queue, dry_run=True)
    gone: Counter[str] = Counter()
    if dry_run:
        gone = found
    elif found["jobs"] + found["replies"] and not yes and not _confirmed(found, tenant, queue):
        note("Nothing was removed.")
        return
    else:
        with Bars() as bars:
            for removed in remove_all(keep, tenant=tenant, queue=queue):
                gone += removed
                bars.update("cleanup", gone["jobs"], max(found["jobs"], gone["jobs"]))
    if json:
        print_json({"dry_run": dry_run, "removed": dict(sorted(gone.items()))})
    elif not gone:
        note("There is nothing to remove.")
    else:
        print_table(("table", "would go" if dry_run else "removed"), sorted(gone.items()))


def _confirmed(found: Counter[str], tenant: str | None, queue: str | None) -> bool:
    """Ask where somebody can answer; where nobody can, --yes has to have been given."""
    whose = "of all tenants" if tenant is None else f"of the tenant {tenant}"
    where = "" if queue is None else f" in the queue {queue}"
    told = f"{found['jobs']:,} ended jobs {whose}{where}, their answers and timelines"
    if found["replies"]:
        told += f", and {found['replies']:,} stored replies of models"
    if not sys.stdin.isatty():
        raise WrongUsage(f"{told} would be removed for good; say so with --yes.")
    return typer.confirm(f"{told} will be removed for good. Go on?", err=True)
