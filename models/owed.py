"""Owed: what channels are to be told of the end of a job or batch, written in the transaction of that end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from models.database import new_id
from models.inserting import insert_or
from models.schema import deliveries

AT_ONCE = 0  # told so long ago that the next sweep tells it: no step of a pipeline stands ready to


@dataclass(frozen=True, slots=True)
class News:
    """What became of a job or batch (`job.completed`, `batch.failed`, …), and who is to hear of it."""

    tenant_id: str
    owner_id: str
    event: str
    channels: Sequence[str]


def owe(connection: Connection, news: Iterable[News], now: int, *, told_at_ms: int | None = None) -> None:
    """One delivery per event and channel; what happens again after a retry is told of anew.

    It then has a new id, so that a receiver does not take it for a repetition of the first.
    """
    owed = [
        {
            "id": new_id(),
            "tenant_id": one.tenant_id,
            "owner_id": one.owner_id,
            "event": one.event,
            "channel": channel,
            "told_at_ms": told_at_ms,
            "created_at_ms": now,
        }
        for one in news
        for channel in one.channels
    ]
    if not owed:
        return
    statement = insert_or(connection, deliveries)
    replaced = ("id", "state", "attempts", "told_at_ms", "created_at_ms")
    afresh: dict[str, Any] = {name: statement.excluded[name] for name in replaced}
    afresh |= {"lease_until_ms": None, "error_message": None}
    once = ["owner_id", "event", "channel"]
    connection.execute(statement.on_conflict_do_update(index_elements=once, set_=afresh), owed)
