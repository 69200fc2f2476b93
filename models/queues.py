"""Queues: the limits in force, what was used of them, and how they are changed while all runs.

A queue's row brings together what somebody set of it and the defaults for the rest; see `models.limits`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, select

from errors import InvalidInput, NotFound
from models.database import clock
from models.gatehouse import limit_keys
from models.lanes import LaneKey, in_flight
from models.limits import DEFAULT, DEFAULTS, SCOPES, Change, Key, Limit, Scope, change_limit, list_limits
from models.rates import used
from models.schema import lanes, tenants

LONGEST_NAME_CHARS = 200


@dataclass(frozen=True, slots=True)
class Standing:
    """One queue, source, tenant or model as it stands over all of the fleet; None is no limit.

    `by_default` names those of its limits that nobody set: they count only jobs that ask a model.
    """

    scope: str
    name: str
    in_flight: int  # sent or running
    concurrency: int | None
    rate: int | None  # in force now
    period_ms: int
    used: int
    paused: bool
    lowered: bool  # the rate, for a while, because a provider answered 429
    by_default: tuple[str, ...]


def standings(connection: Connection, known: Collection[str]) -> list[Standing]:
    """Every queue, `known` ones first of all, and everything else that has a limit; by scope and name."""
    now = clock(connection)
    found: dict[Key, Limit] = {(limit.scope, limit.name): limit for limit in list_limits(connection)}
    flying = _flying(in_flight(connection))
    keys = {key for key in found if key[0] != DEFAULT}
    keys |= {("queue", name) for name in queue_names(connection, known)}
    order = {str(scope): place for place, scope in enumerate(SCOPES)}
    return [
        _standing(key, found, flying[key], now) for key in sorted(keys, key=lambda k: (order[k[0]], k[1]))
    ]


def queue_names(connection: Connection, known: Collection[str]) -> set[str]:
    """The queues there are: those of analyses, those with default limits, and those with jobs."""
    return {*known, *DEFAULTS, *connection.execute(select(lanes.c.queue).distinct()).scalars()}


def change(connection: Connection, scope: Scope, name: str, told: Change, known: Collection[str]) -> Standing:
    """Change a limit, or pause or resume what it limits, from the next admission on.

    Raises NotFound for a queue or tenant that there is not, InvalidInput for what cannot be a name.
    """
    _check_name(connection, scope, name, known)
    change_limit(connection, scope, name, told)
    now_so = standings(connection, known)
    return next(one for one in now_so if (one.scope, one.name) == (scope, name))


def _check_name(connection: Connection, scope: Scope, name: str, known: Collection[str]) -> None:
    if scope not in SCOPES:
        raise InvalidInput(f"{str(scope)[:20]!r} is no scope; there are {', '.join(SCOPES)}.")
    shown = name[:40]
    if scope == "queue" and name not in (queues := queue_names(connection, known)):
        raise NotFound(f"There is no queue {shown!r}; there are {', '.join(sorted(queues))}.")
    mine = select(tenants.c.id).where(tenants.c.id == name)
    if scope == "tenant" and connection.execute(mine).one_or_none() is None:
        raise NotFound(f"There is no tenant {shown!r}; it is made with its first job or key.")
    if scope == "model" and not all(name.partition("/")):
        raise InvalidInput(f"{shown!r} is no model; it is written provider/model, such as openai/gpt-5-mini.")
    if not 0 < len(name) <= LONGEST_NAME_CHARS or not name.isprintable():
        raise InvalidInput(f"A name has 1 to {LONGEST_NAME_CHARS} printable characters.")


def _standing(key: Key, found: dict[Key, Limit], flying: int, now: int) -> Standing:
    own = found.get(key) or Limit(*key)
    default = found.get((DEFAULT, key[1])) if key[0] == "queue" else None
    by_default = tuple(
        part for part in ("concurrency", "rate") if default is not None and getattr(default, part)
    )
    rates = default if default is not None and "rate" in by_default else own
    capped = default if default is not None and "concurrency" in by_default else own
    return Standing(
        *key,
        in_flight=flying,
        concurrency=capped.concurrency or None,
        rate=rates.rate_at(now),
        period_ms=rates.period_ms,
        used=used(rates.spent, rates.period_ms, now),
        paused=own.paused,
        lowered=own.is_lowered(now),
        by_default=by_default,
    )


def _flying(by_lane: dict[LaneKey, int]) -> Counter[Key]:
    counted: Counter[Key] = Counter()
    for lane, many in by_lane.items():
        counted.update(dict.fromkeys(limit_keys(lane), many))
    return counted
