"""Limits: what each queue, source, tenant and model may do at once and per period; changed while running.

A queue of which nobody said anything has the limits of `DEFAULTS`. They guard what is scarce behind it, so
a job that the local analysers answer passes them; a limit that somebody set holds for every job.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from sqlalchemy import Connection, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from errors import InvalidInput
from models.database import clock
from models.schema import limits

Scope = Literal["queue", "source", "tenant", "model"]
SCOPES: tuple[Scope, ...] = ("queue", "source", "tenant", "model")
MINUTE_MS = 60_000
LONGEST_PERIOD_MS = 31 * 86_400_000
RECOVERY_MS = 60_000  # a lowered rate gets back a tenth of the full one in each such time
RECOVERY_SHARE = 0.1

Key = tuple[str, str]
"""Scope and name."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit as it stands; None is no limit. `rate` counts jobs, for a model tokens, per `period_ms`."""

    scope: str
    name: str
    concurrency: int | None = None
    rate: int | None = None
    period_ms: int = MINUTE_MS
    paused: bool = False
    spent: dict[str, int] = field(default_factory=dict)
    lowered_to: int | None = None
    lowered_at_ms: int | None = None
    is_default: bool = False

    def rate_at(self, now: int) -> int | None:
        """The rate in force: what a provider's 429 lowered it to, recovering by a tenth a minute."""
        if self.lowered_to is None or self.lowered_at_ms is None:
            return self.rate
        full = self.rate if self.rate is not None else self.lowered_to * 10
        steps = (now - self.lowered_at_ms) // RECOVERY_MS
        recovered = self.lowered_to + int(full * RECOVERY_SHARE * steps)
        return self.rate if recovered >= full else max(recovered, 1)


DEFAULTS: dict[str, Limit] = {
    limit.name: limit
    for limit in (
        Limit("queue", "ai_analysis", concurrency=3, rate=10, is_default=True),
        Limit("queue", "data_processing", concurrency=5, rate=20, is_default=True),
        Limit("queue", "notifications", concurrency=10, rate=100, is_default=True),
        Limit("queue", "exports", concurrency=2, rate=5, is_default=True),
        Limit("queue", "maintenance", concurrency=1, rate=10, is_default=True),
        Limit("queue", "briefs", concurrency=2, is_default=True),
        Limit("queue", "documents", concurrency=5, is_default=True),
        Limit("queue", "emails", concurrency=10, is_default=True),
        Limit("queue", "sync", concurrency=3, is_default=True),
    )
}


@dataclass(frozen=True, slots=True)
class Change:
    """What to change of a limit; what is not named stays. `unlimited` takes both limits away."""

    concurrency: int | None = None
    rate: int | None = None
    period_ms: int | None = None
    paused: bool | None = None
    unlimited: bool = False

    def __post_init__(self) -> None:
        for name, value in (("concurrency", self.concurrency), ("rate", self.rate)):
            if value is not None and value < 1:
                raise InvalidInput(f"{name} must be at least 1; pause it to let nothing through.")
        if self.period_ms is not None and not 100 <= self.period_ms <= LONGEST_PERIOD_MS:
            raise InvalidInput("A rate's period must lie between 100 ms and 31 days.")


def get_limits(connection: Connection, keys: Collection[Key]) -> dict[Key, Limit]:
    """The limits under these keys, set or by default; keys without any are left out."""
    found = {("queue", name): limit for name, limit in DEFAULTS.items() if ("queue", name) in keys}
    if keys:
        wanted = select(*limits.c).where(tuple_(limits.c.scope, limits.c.name).in_(list(keys)))
        for row in connection.execute(wanted):
            found[row.scope, row.name] = _limit(row)
    return found


def list_limits(connection: Connection) -> list[Limit]:
    """Every limit there is, set or by default, by scope and name."""
    found = {("queue", name): limit for name, limit in DEFAULTS.items()}
    found |= {(row.scope, row.name): _limit(row) for row in connection.execute(select(*limits.c))}
    return [found[key] for key in sorted(found)]


def change_limit(connection: Connection, scope: Scope, name: str, change: Change) -> Limit:
    """Change a limit from now on, for all of the fleet; gives it as it is then."""
    before = get_limits(connection, [(scope, name)]).get((scope, name)) or Limit(scope, name)
    told: dict[str, Any] = {
        "concurrency": change.concurrency,
        "rate": change.rate,
        "period_ms": change.period_ms,
        "paused": change.paused,
    }
    after = replace(before, is_default=False, **{k: v for k, v in told.items() if v is not None})
    if change.unlimited:
        after = replace(after, concurrency=change.concurrency, rate=change.rate)
    if change.rate is not None or change.period_ms is not None or change.unlimited:
        after = replace(after, spent={}, lowered_to=None, lowered_at_ms=None)
    save_limits(connection, [after])
    return after


def lower_rate(connection: Connection, scope: Scope, name: str, to: int) -> None:
    """A provider said 429: no more than `to` in each period from now on, recovering slowly."""
    before = get_limits(connection, [(scope, name)]).get((scope, name)) or Limit(scope, name)
    now = clock(connection)
    in_force = before.rate_at(now)
    lowered = max(1, to if in_force is None else min(to, in_force))
    save_limits(connection, [replace(before, lowered_to=lowered, lowered_at_ms=now)])


def save_limits(connection: Connection, changed: Collection[Limit]) -> None:
    """Write limits as they are; one that was a default stays one in all but what it used."""
    rows = [_row(limit) for limit in sorted(changed, key=lambda one: (one.scope, one.name))]
    if rows:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        statement = dialect.insert(limits)
        replaced = {name: statement.excluded[name] for name in rows[0] if name not in ("scope", "name")}
        connection.execute(
            statement.on_conflict_do_update(index_elements=["scope", "name"], set_=replaced), rows
        )


def _row(limit: Limit) -> dict[str, Any]:
    return {name: getattr(limit, name) for name in Limit.__slots__}


def _limit(row: Any) -> Limit:
    return Limit(**{name: getattr(row, name) for name in Limit.__slots__})
