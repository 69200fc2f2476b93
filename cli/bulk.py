"""Bulk at the terminal: counted, confirmed by whoever sits there, then done with a bar."""

from __future__ import annotations

import sys

import typer

from cli.output import note, print_json
from cli.problems import DONE, PARTLY_FAILED, WrongUsage
from cli.ready import with_database
from cli.stack import living_workers
from models.bulk import Action, check
from models.lookups import JobFilter
from models.states import State

DONE_TO_THEM = {Action.CANCEL: "cancelled", Action.RETRY: "run again", Action.DISCARD: "discarded"}
WHY_NOT = {
    Action.CANCEL: "ended by themselves meanwhile",
    Action.RETRY: "have a dedup key that another job has by now",
    Action.DISCARD: "still owe a notice, or belong to a batch that is not over",
}


def act_on_many(tenant: str, what: str, which: JobFilter, *, yes: bool, json: bool) -> int:
    """Do it to all jobs that the filter names; gives the exit code. Raises WrongUsage."""
    action = Action(what)
    if which.state is not None and which.state not in set(State):
        raise WrongUsage(f"{which.state[:20]!r} is no state; there are {', '.join(State)}.")
    check(action, which)
    settings = with_database()
    from cli.progress import Bars
    from pipelines import bulk

    matched = bulk.count(tenant, action, which).count
    if matched and not yes and not _confirmed(action, matched):
        note("Nothing was changed.")
        return DONE
    with Bars() as bars:
        done = bulk.act(tenant, action, which, tell=lambda seen: bars.update(str(action), seen, matched))
    if json:
        print_json({"action": action, "matched": done.matched, "changed": done.changed})
    else:
        note(f"{done.changed:,} of {done.matched:,} jobs {DONE_TO_THEM[action]}.")
        if done.changed < done.matched:
            note(f"The others {WHY_NOT[action]}.")
    if action == Action.RETRY and done.changed and not living_workers(settings):
        note("No worker is alive now; they start when one is (`gristmill up`).")
    return DONE if done.changed == done.matched else PARTLY_FAILED


def _confirmed(action: Action, matched: int) -> bool:
    """Ask where somebody can answer; where nobody can, --yes has to have been given."""
    if not sys.stdin.isatty():
        raise WrongUsage(f"{matched:,} jobs would be {DONE_TO_THEM[action]}; say so with --yes.")
    return typer.confirm(f"{matched:,} jobs will be {DONE_TO_THEM[action]}. Go on?", err=True)
