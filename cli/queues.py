"""Queues at the terminal: how many jobs are where, within which limits; paused, resumed and limited."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, cast

from cli.output import NONE, note, print_json, print_table
from cli.problems import WrongUsage
from cli.ready import with_database
from models import overview
from models.database import reading
from models.limits import Change, Scope
from models.states import State

if TYPE_CHECKING:
    from models.queues import Standing

PERIODS_MS = {"s": 1_000, "sec": 1_000, "min": 60_000, "m": 60_000, "h": 3_600_000, "hour": 3_600_000}
PERIODS_MS |= {"d": 86_400_000, "day": 86_400_000}
LIMITS = ("at once", "rate", "")
RATE = re.compile(r"(\d[\d_]*)(?:/(\d*)([a-z]+))?")


def list_queues(tenant: str, *, json: bool) -> None:
    """The tenant's jobs by queue and state, with the fleet's limits."""
    with_database()
    from pipelines.queues import list_standings

    counts: dict[str, dict[str, int]] = defaultdict(lambda: {state.value: 0 for state in State})
    with reading() as connection:
        found = list_standings(connection)
        for queue, state, count in overview.queue_counts(connection, tenant):
            counts[queue][state] = count
    if json:
        for one in found:
            jobs = counts[one.name] if one.scope == "queue" else {}
            print_json({one.scope: one.name, **jobs, **_limits(one)})
        return
    _print_queues([one for one in found if one.scope == "queue"], counts)
    others = [(one.scope, one.name, *_cells(one)) for one in found if one.scope != "queue"]
    if others:
        print_table(("limit on", "name", *LIMITS), others)
    if any(one.lowered for one in found):
        note("lowered: its provider answered 429; a tenth comes back each minute, all of it by `queues set`.")


def change(scope: str, name: str, told: Change, *, json: bool) -> None:
    """Change a limit and say how it stands now. Raises NotFound, InvalidInput."""
    with_database()
    from pipelines.queues import change_queue

    one = change_queue(cast(Scope, scope), name, told)
    if json:
        print_json({one.scope: one.name, **_limits(one)})
        return
    at_once = f"{one.concurrency} at once" if one.concurrency else "any number at once"
    rate = f"{one.rate} per {_period(one.period_ms)}" if one.rate else "any rate"
    note(f"{one.scope} {one.name}: {'paused' if one.paused else 'open'}, {at_once}, {rate}.")


def rate_of(given: str) -> tuple[int, int]:
    """A rate such as 100/min, 5/s or 20/10s as its number and its period in ms. Raises WrongUsage."""
    found = RATE.fullmatch(given.strip().lower())
    unit = (found[3] or "min") if found else ""
    if not found or unit not in PERIODS_MS:
        raise WrongUsage(
            f"--rate takes a number in a time, such as 100/min, 5/s or 20/10s; not {given[:20]!r}."
        )
    return int(found[1]), int(found[2] or 1) * PERIODS_MS[unit]


def _limits(one: Standing) -> dict[str, Any]:
    return {name: value for name, value in asdict(one).items() if name not in ("scope", "name")}


def _print_queues(found: list[Standing], counts: dict[str, dict[str, int]]) -> None:
    rows = []
    for one in found:
        jobs = counts[one.name]
        later = jobs[State.SCHEDULED] + jobs[State.RETRYING]
        ended = (jobs[State.COMPLETED], jobs[State.FAILED])
        rows.append((one.name, jobs[State.WAITING], later, jobs[State.RUNNING], *ended, *_cells(one)))
    print_table(("queue", "waiting", "later", "running", "completed", "failed", *LIMITS), rows)
    if any(one.by_default for one in found):
        note("(…) is a default: it counts only jobs that ask a model. `queues set` changes it.")


def _cells(one: Standing) -> tuple[str, str, str]:
    """What is in use of each limit, and whether it is paused or lowered."""
    rate = f"{one.rate:,}/{_period(one.period_ms)}" if one.rate else None
    at_once = _of(one.in_flight, one.concurrency, "concurrency" in one.by_default)
    told = [word for word, holds in (("paused", one.paused), ("lowered", one.lowered)) if holds]
    return at_once, _of(one.used, rate, "rate" in one.by_default), ", ".join(told)


def _of(used: int, limit: object, is_default: bool) -> str:
    if limit is None:
        return NONE
    return f"{used:,} of ({limit})" if is_default else f"{used:,} of {limit}"


def _period(period_ms: int) -> str:
    names = {1_000: "s", 60_000: "min", 3_600_000: "h", 86_400_000: "day"}
    return names.get(period_ms, f"{period_ms / 1000:g} s")
