"""Circuit breakers: a provider or source that is away is left in peace by the whole fleet, and tried again.

    closed ── so many failures in a row, or a refused key ──▶ open ── its wait is over ──▶ half_open
       ▲                                                       ▲                              │
       │                                                       └── the probe failed: a longer wait
       └──────────────────────────────── the probe was answered ◀─────────────────────────────┘

In `half_open` exactly one job of the fleet is let through, the probe. Nothing but its outcome moves the
breaker then; if it ends without one (its worker died, its answer was stored already), the next probe goes.
After M. Nygard, "Release It!" (2nd ed., 2018), ch. 5, with the fleet's database in place of a process.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, select, update

from models.inserting import insert_or
from models.schema import breakers, jobs
from settings import Settings, get_settings

CLOSED, OPEN, HALF_OPEN = "closed", "open", "half_open"
COUNTED = frozenset({"timeout", "service_error"})  # enough of them in a row open it
DECISIVE = frozenset({"authentication"})  # one is enough: every other call would be refused, too
SILENT = frozenset({"cancelled", "internal"})  # these say nothing about the other side


@dataclass(frozen=True, slots=True)
class Breaker:
    """One breaker as it stands; what the columns mean, their table says."""

    name: str
    state: str = CLOSED
    failures: int = 0
    openings: int = 0
    opened_at_ms: int | None = None
    retry_at_ms: int | None = None
    error_class: str | None = None
    probe_job_id: str | None = None


@dataclass(frozen=True, slots=True)
class BadCall:
    """A call that failed: by which job, to whom (a breaker's name), how, and how long we are to wait."""

    job_id: str
    name: str
    error_class: str
    model: str = ""  # `provider/model`, where a model was asked
    retry_after_ms: int = 0
    estimated_tokens: int = 0


def llm_breaker(model: str) -> str:
    """The breaker of whoever answers as `provider/model`."""
    return f"llm:{model.partition('/')[0]}"


def source_breaker(source: str) -> str:
    """The breaker of a source."""
    return f"source:{source}"


def after_failure(breaker: Breaker, call: BadCall, now: int, settings: Settings) -> Breaker:
    """The breaker once this call has failed. What began before it opened tells it nothing new."""
    is_probe = breaker.state == HALF_OPEN and breaker.probe_job_id == call.job_id
    if breaker.state != CLOSED and not is_probe:
        return breaker
    counted = replace(breaker, failures=breaker.failures + 1, error_class=call.error_class)
    enough = counted.failures >= settings.breaker_failures or call.error_class in DECISIVE
    if not (is_probe or enough):
        return counted
    wait_ms = min(settings.breaker_wait_ms << min(breaker.openings, 30), settings.breaker_longest_wait_ms)
    return replace(
        counted,
        state=OPEN,
        openings=breaker.openings + 1,
        opened_at_ms=now if breaker.opened_at_ms is None else breaker.opened_at_ms,
        retry_at_ms=now + max(wait_ms, call.retry_after_ms),
        probe_job_id=None,
    )


def note_failures(connection: Connection, calls: Sequence[BadCall], now: int) -> set[str]:
    """Count failed calls; gives the jobs whose failure is the outage's doing, so that it costs no attempt.

    Those are probes and whatever failed while its breaker was open, and the failure that opened it, unless
    that was for a refused key: somebody has to be told of that.
    """
    answered = [call for call in calls if call.error_class not in COUNTED | DECISIVE | SILENT]
    note_answers(connection, [(call.name, call.job_id) for call in answered])
    bad = [call for call in calls if call.error_class in COUNTED | DECISIVE]
    if not bad:
        return set()
    standing = _locked(connection, {call.name for call in bad})
    spared = set()
    for call in bad:
        before = standing[call.name]
        after = standing[call.name] = after_failure(before, call, now, get_settings())
        if before.state != CLOSED or (after.state != CLOSED and call.error_class not in DECISIVE):
            spared.add(call.job_id)
    for breaker in standing.values():
        connection.execute(update(breakers).where(breakers.c.name == breaker.name).values(_row(breaker)))
    return spared


def note_answers(connection: Connection, calls: Sequence[tuple[str, str]]) -> None:
    """These were answered, (breaker's name, job) each: failures in a row end; a probe closes the breaker.

    One statement for all of them, and while nothing fails it finds no row to change.
    """
    if not calls:
        return
    ended = (breakers.c.state == CLOSED) | breakers.c.probe_job_id.in_([job_id for _, job_id in calls])
    some = (breakers.c.name.in_({name for name, _ in calls}), breakers.c.failures > 0)
    closed = _row(Breaker(""))
    closed.pop("name")
    connection.execute(update(breakers).where(*some, ended).values(closed))


def not_closed(
    connection: Connection, names: Collection[str], *, lock: bool = False
) -> dict[str, tuple[Breaker, bool]]:
    """Those of the named breakers that are not closed, each with whether its probe is under way.

    Whoever may let a probe through has them locked until the transaction ends, so that no call that fails
    meanwhile is overlooked.
    """
    if not names:
        return {}
    found = (
        select(*breakers.c, jobs.c.lease_until_ms)
        .outerjoin(jobs, jobs.c.id == breakers.c.probe_job_id)
        .where(breakers.c.name.in_(sorted(names)), breakers.c.state != CLOSED)
        .order_by(breakers.c.name)
    )
    rows = connection.execute(found.with_for_update(of=breakers) if lock else found).all()
    return {
        row.name: (_breaker(row), row.state == HALF_OPEN and row.lease_until_ms is not None) for row in rows
    }


def begin_probe(connection: Connection, name: str, job_id: str) -> None:
    """Let this job through to see whether the other side is back."""
    probing = {"state": HALF_OPEN, "probe_job_id": job_id}
    connection.execute(update(breakers).where(breakers.c.name == name).values(probing))


def try_at_once(connection: Connection, names: Collection[str], now: int) -> None:
    """Somebody who retries by hand may have mended it: the next probe need not wait."""
    waiting = (breakers.c.name.in_(sorted(names)), breakers.c.state == OPEN)
    if names:
        connection.execute(update(breakers).where(*waiting).values(retry_at_ms=now))


def _locked(connection: Connection, names: Collection[str]) -> dict[str, Breaker]:
    """The named breakers, made where they are not there yet, and locked in the order of their names."""
    fresh = [_row(Breaker(name)) for name in sorted(names)]
    connection.execute(insert_or(connection, breakers).on_conflict_do_nothing(), fresh)
    found = select(*breakers.c).where(breakers.c.name.in_(sorted(names))).order_by(breakers.c.name)
    return {row.name: _breaker(row) for row in connection.execute(found.with_for_update())}


def _row(breaker: Breaker) -> dict[str, Any]:
    return {name: getattr(breaker, name) for name in Breaker.__slots__}


def _breaker(row: Any) -> Breaker:
    return Breaker(**{name: getattr(row, name) for name in Breaker.__slots__})
