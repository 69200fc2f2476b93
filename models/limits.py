"""Limits: what each queue, source, tenant and model may do at once and per period; changed while running.

A queue of which nobody said anything has the limits of `DEFAULTS`. They guard what is scarce behind it, so
they count only jobs that ask somebody outside, under the scope `default`; those that the local analysers
answer pass. A limit that somebody set counts every job of its queue, and takes its default's place.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, bindparam, select, tuple_

from errors import InvalidInput
from models.inserting import insert_or
from models.rates import used, with_use, without_use
from models.schema import limits

Scope = Literal["queue", "source", "tenant", "model"]
SCOPES: tuple[Scope, ...] = ("queue", "source", "tenant", "model")
DEFAULT = "default"  # the scope under which a queue's default limits count
MINUTE_MS = 60_000
SETTINGS = ("concurrency", "rate", "period_ms", "paused", "spent", "lowered_to", "lowered_at_ms")
MOST = 1_000_000_000
LONGEST_PERIOD_MS = 31 * 86_400_000
RECOVERY_MS = 60_000  # a lowered rate gets back a tenth of the full one in each such time
RECOVERY_SHARE = 0.1
LOWERED_SHARE = 0.8  # of what was used in the period before a 429: about what the provider had let through

Key = tuple[str, str]
"""Scope and name."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit as it stands; None was not set, 0 is no limit. `rate` is in jobs, for a model in tokens."""

    scope: str
    name: str
    concurrency: int | None = None
    rate: int | None = None
    period_ms: int = MINUTE_MS
    paused: bool = False
    spent: dict[str, int] = field(default_factory=dict)
    lowered_to: int | None = None
    lowered_at_ms: int | None = None
    not_before_ms: int | None = None

    @property
    def label(self) -> str:
        """What people call it, such as `queue ai_analysis`."""
        return f"{'queue' if self.scope == DEFAULT else self.scope} {self.name}"

    def rate_at(self, now: int) -> int | None:
        """The rate in force: what a provider's 429 lowered it to, recovering by a tenth a minute."""
        if self.lowered_to is None or self.lowered_at_ms is None:
            return self.rate or None
        full = self.rate or self.lowered_to * 10
        steps = max(now - self.lowered_at_ms, 0) // RECOVERY_MS  # the clock may have been put back
        recovered = self.lowered_to + int(full * RECOVERY_SHARE * steps)
        return (self.rate or None) if recovered >= full else max(recovered, 1)

    def is_lowered(self, now: int) -> bool:
        """Its rate is still below what somebody set, because a provider said 429."""
        return self.rate_at(now) != (self.rate or None)


# Built once: what every admission executes is not composed each time.
NAMED = (
    select(*limits.c)
    .where(tuple_(limits.c.scope, limits.c.name).in_(bindparam("named", expanding=True)))
    .order_by(limits.c.scope, limits.c.name)
)
NAMED_LOCKED = NAMED.with_for_update()
DEFAULTS: dict[str, Limit] = {
    limit.name: limit
    for limit in (
        Limit(DEFAULT, "ai_analysis", concurrency=3, rate=10),
        Limit(DEFAULT, "data_processing", concurrency=5, rate=20),
        Limit(DEFAULT, "notifications", concurrency=10, rate=100),
        Limit(DEFAULT, "exports", concurrency=2, rate=5),
        Limit(DEFAULT, "maintenance", concurrency=1, rate=10),
        Limit(DEFAULT, "briefs", concurrency=2),
        Limit(DEFAULT, "documents", concurrency=5),
        Limit(DEFAULT, "emails", concurrency=10),
        Limit(DEFAULT, "sync", concurrency=3),
    )
}


@dataclass(frozen=True, slots=True)
class Change:
    """What to change of a limit; what is None stays as it is, and 0 takes a limit away."""

    concurrency: int | None = None
    rate: int | None = None
    period_ms: int | None = None
    paused: bool | None = None

    def __post_init__(self) -> None:
        for name, value in (("concurrency", self.concurrency), ("rate", self.rate)):
            if value is not None and not 0 <= value <= MOST:
                raise InvalidInput(f"{name} must lie between 1 and {MOST:,}; 0 takes the limit away.")
        if self.period_ms is not None and not 100 <= self.period_ms <= LONGEST_PERIOD_MS:
            raise InvalidInput("A rate's period must lie between 100 ms and 31 days.")


def get_limits(connection: Connection, keys: Collection[Key], *, lock: bool = False) -> dict[Key, Limit]:
    """The limits under these keys; a key without any is left out. A queue's default is under `default`.

    Whoever is to write what was used of them has them locked until the transaction ends, so that nobody's
    change is lost; who only looks waits for nobody.
    """
    with_queues = {*keys, *(("queue", name) for scope, name in keys if scope == DEFAULT)}
    found = _stored(connection, with_queues, lock=lock)
    defaults = {
        (DEFAULT, name): _default(found, name)
        for scope, name in keys
        if scope == DEFAULT and name in DEFAULTS
    }
    return {key: limit for key, limit in (found | defaults).items() if key in keys}


def list_limits(connection: Connection) -> list[Limit]:
    """Every limit there is, set or by default, by scope and name."""
    stored = {(row.scope, row.name): _limit(row) for row in connection.execute(select(*limits.c))}
    defaults = {(DEFAULT, name): _default(stored, name) for name in DEFAULTS}
    return [limit for _, limit in sorted((stored | defaults).items())]


def change_limit(connection: Connection, scope: Scope, name: str, change: Change) -> Limit:
    """Change a limit from now on, for all of the fleet; gives it as it is then."""
    fresh = _row(Limit(scope, name))  # so that there is a row to lock: two first changes are both kept
    connection.execute(insert_or(connection, limits).on_conflict_do_nothing(), fresh)
    before = _stored(connection, [(scope, name)])[scope, name]
    told = {part: value for part in Change.__slots__ if (value := getattr(change, part)) is not None}
    after = replace(before, **told)
    if change.rate is not None or change.period_ms is not None:
        after = replace(after, spent={}, lowered_to=None, lowered_at_ms=None)
    _save(connection, [after], SETTINGS)
    return after


def slow_down(
    connection: Connection,
    model: str,
    *,
    refused_tokens: int,
    retry_after_ms: int,
    began_at_ms: int,
    now: int,
) -> None:
    """A provider said 429: fewer tokens of this model from now on, and none before it allows.

    What was reserved for the refused call was not used. The rate falls to a share of what else was used in
    the last period, whether or not there was a limit, and recovers slowly (`Limit.rate_at`). A call that was
    under way when it fell, since `began_at_ms`, says nothing of the rate that is in force now.
    """
    before = _stored(connection, [("model", model)]).get(("model", model)) or Limit("model", model)
    spent = with_use(before.spent, before.period_ms, now, -refused_tokens)
    until_ms = max(before.not_before_ms or 0, now + retry_after_ms)
    after = replace(before, spent=spent, not_before_ms=until_ms)
    is_news = before.lowered_at_ms is None or began_at_ms > before.lowered_at_ms
    if is_news and (counted := used(spent, before.period_ms, now)) > 0:
        lowered = max(1, min(int(counted * LOWERED_SHARE), before.rate_at(now) or counted))
        after = replace(after, lowered_to=lowered, lowered_at_ms=now)
    _save(connection, [after], ["spent", "lowered_to", "lowered_at_ms", "not_before_ms"])


def correct_spent(connection: Connection, corrections: Sequence[tuple[Key, int, int]]) -> None:
    """Put right what was reserved at admission: (which limit, how much more or less was used, when).

    Only where a rate is in force; elsewhere nobody needs to know better.
    """
    named = sorted({key for key, more, _ in corrections if more})
    in_force = limits.c.rate.is_not(None) | limits.c.lowered_to.is_not(None)
    known = _stored(connection, named, in_force)
    for key, more, at_ms in corrections:
        if limit := known.get(key):
            known[key] = replace(limit, spent=with_use(limit.spent, limit.period_ms, at_ms, more))
    save_spent(connection, known.values())


def return_unused(connection: Connection, unused: Mapping[Key, int], at_ms: int) -> None:
    """Take back what was counted at `at_ms` (jobs, or a model's tokens) for jobs that were not sent."""
    known = _stored(connection, unused)
    less = [without_use(one.spent, one.period_ms, at_ms, unused[key]) for key, one in known.items()]
    save_spent(connection, [replace(one, spent=s) for one, s in zip(known.values(), less, strict=True)])


def save_spent(connection: Connection, used: Collection[Limit]) -> None:
    """Write down what was spent of these limits, and nothing else of them."""
    _save(connection, used, ["spent"])


def _save(connection: Connection, changed: Collection[Limit], names: Collection[str]) -> None:
    """Write these columns of limits; all of one that is not there yet."""
    rows = [_row(limit) for limit in sorted(changed, key=lambda one: (one.scope, one.name))]
    if rows:
        statement = insert_or(connection, limits)
        replaced = {name: statement.excluded[name] for name in names}
        connection.execute(
            statement.on_conflict_do_update(index_elements=["scope", "name"], set_=replaced), rows
        )


def _stored(
    connection: Connection, keys: Collection[Key], *which: ColumnElement[bool], lock: bool = True
) -> dict[Key, Limit]:
    if not keys:
        return {}
    wanted = NAMED_LOCKED if lock else NAMED
    rows = connection.execute(wanted.where(*which) if which else wanted, {"named": list(keys)})
    return {(row.scope, row.name): _limit(row) for row in rows}


def _default(stored: Mapping[Key, Limit], name: str) -> Limit:
    """A queue's default: what nobody set of it, with what was spent of that."""
    default, kept = DEFAULTS[name], stored.get((DEFAULT, name))
    own = stored.get(("queue", name)) or Limit("queue", name)
    return replace(
        default,
        concurrency=default.concurrency if own.concurrency is None else None,
        rate=default.rate if own.rate is None else None,
        spent=kept.spent if kept else {},
    )


def _row(limit: Limit) -> dict[str, Any]:
    return {name: getattr(limit, name) for name in Limit.__slots__}


def _limit(row: Any) -> Limit:
    return Limit(**{name: getattr(row, name) for name in Limit.__slots__})
