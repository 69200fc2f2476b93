"""Lanes: the lines in which jobs wait. Everything in one lane passes the same gates, first in first out.

A lane is one combination of tenant, queue, source, model and priority. So admission never looks at more
than the heads of lines, however many jobs stand behind them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, select, tuple_

from models.inserting import insert_or
from models.schema import jobs, lanes, tenants
from models.tables.columns import indexed
from models.tenants import ensure_tenant

LOCAL = "local"
WAIT = "wait"  # a chain of nobody: the model is waited for, whatever is configured
THEN = ">"  # parts those of a chain: `openai/gpt-5-nano>local`

ELIGIBLE = indexed("jobs.state = 'waiting' AND jobs.lease_until_ms IS NULL AND jobs.gate IS NULL")
IN_FLIGHT = indexed("jobs.lease_until_ms IS NOT NULL")
PARKED = indexed("jobs.gate = 'vendor'")


def _open_lanes() -> Select[Any]:
    first = select(func.min(jobs.c.lane_id).label("lane_id")).where(ELIGIBLE).cte("heads", recursive=True)
    following = select(func.min(jobs.c.lane_id)).where(ELIGIBLE, jobs.c.lane_id > first.c.lane_id)
    heads = first.union_all(select(following.scalar_subquery()).where(first.c.lane_id.is_not(None)))
    due = select(func.min(jobs.c.due_at_ms)).where(ELIGIBLE, jobs.c.lane_id == lanes.c.id).scalar_subquery()
    return (
        select(*lanes.c, due.label("due"), tenants.c.turn)
        .join(heads, heads.c.lane_id == lanes.c.id)
        .join(tenants, tenants.c.id == lanes.c.tenant_id)
    )


def _in_flight() -> Select[Any]:
    answerer = (jobs.c.lane_id, jobs.c.stand_in)
    many = select(*answerer, func.count().label("many")).where(IN_FLIGHT).group_by(*answerer).subquery()
    return select(*lanes.c, many.c.stand_in, many.c.many).join(many, many.c.lane_id == lanes.c.id)


# Built once: what every submission and admission executes is not composed each time.
OPEN_LANES, FLYING = _open_lanes(), _in_flight()
KEY = tuple_(lanes.c.tenant_id, lanes.c.queue, lanes.c.source, lanes.c.model, lanes.c.priority)
FIND = select(*lanes.c).where(KEY.in_(bindparam("wanted", expanding=True)))


@dataclass(frozen=True, slots=True)
class LaneKey:
    """What a job's lane is found by. `model` is `local`, `provider/model`, or empty where none is asked.

    `fallbacks` is the chain of those who answer in its place, where the jobs say so themselves.
    """

    tenant_id: str
    queue: str
    source: str
    model: str
    priority: int
    fallbacks: str = ""

    @property
    def line(self) -> str:
        """The model and those who follow it, as the column holds them."""
        return self.model + THEN + self.fallbacks if self.fallbacks else self.model

    @property
    def provider(self) -> str:
        """Who is asked; empty where nobody outside is."""
        return "" if self.model in ("", LOCAL) else self.model.partition("/")[0]

    def answered_by(self, stand_in: str | None) -> LaneKey:
        """The same, where somebody answers in the model's place."""
        return self if stand_in is None else replace(self, model=stand_in)


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane with somebody in it: since when its first is due, and the number of its tenant's last turn."""

    id: int
    key: LaneKey
    due_at_ms: int
    turn: int


def lane_ids(connection: Connection, keys: Collection[LaneKey]) -> dict[LaneKey, int]:
    """The ids of these lanes, made where they are not there yet, and so are their tenants."""
    found = _find(connection, keys)
    if missing := set(keys) - set(found):
        for tenant_id in sorted({key.tenant_id for key in missing}):
            ensure_tenant(connection, tenant_id)
        plain = ("tenant_id", "queue", "source", "priority")
        rows = [{name: getattr(key, name) for name in plain} | {"model": key.line} for key in missing]
        connection.execute(insert_or(connection, lanes).on_conflict_do_nothing(), rows)
        found |= _find(connection, missing)
    return found


def open_lanes(connection: Connection) -> list[Lane]:
    """Every lane in which somebody may be admitted; one index look-up for each, whoever stands behind."""
    rows = connection.execute(OPEN_LANES).all()
    return [Lane(row.id, _key(row), row.due, row.turn) for row in rows if row.due is not None]


def in_flight(connection: Connection) -> dict[LaneKey, int]:
    """How many jobs of each lane are sent or running; where somebody stands in for a model, of that one's."""
    counted: Counter[LaneKey] = Counter()
    for row in connection.execute(FLYING):
        counted[_key(row).answered_by(row.stand_in)] += row.many
    return counted


def lane_key(connection: Connection, lane_id: int) -> LaneKey:
    """What a lane is for."""
    return _key(connection.execute(select(*lanes.c).where(lanes.c.id == lane_id)).one())


def _find(connection: Connection, keys: Collection[LaneKey]) -> dict[LaneKey, int]:
    wanted = [(k.tenant_id, k.queue, k.source, k.line, k.priority) for k in keys]
    return {_key(row): row.id for row in connection.execute(FIND, {"wanted": wanted})}


def _key(row: Any) -> LaneKey:
    model, _, fallbacks = row.model.partition(THEN)
    return LaneKey(row.tenant_id, row.queue, row.source, model, row.priority, fallbacks)


def links(chain: str) -> list[str]:
    """Those of a chain, in order; none of `wait`."""
    return [link for link in chain.split(THEN) if link and link != WAIT]
