"""Replies: what a model answered, kept as it came and found again by its key, so nothing is paid twice."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Connection, func, select, tuple_

from models.calls import GoodCall
from models.charges import REALTIME, Charged, charge
from models.claims import Fence
from models.database import new_id
from models.inserting import insert_or
from models.schema import replies

TenantKey = tuple[str, str]
"""Whose question, and its `reply_key`."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A stored reply: what `persist` validates."""

    id: str
    text: str
    provider: str
    model: str
    prompt_version: int
    finish: str
    cost_micro: int
    job_id: str = ""  # who paid for it


@dataclass(frozen=True, slots=True)
class NewReply:
    """A model's reply with its usage in tokens and what it cost, ready to be kept.

    Its id is given here, before any transaction, so that a write of it that is repeated is known as such.
    """

    tenant_id: str
    analysis: str
    key: str
    fence: Fence
    provider: str
    model: str
    prompt_version: int
    text: str
    raw: dict[str, Any]
    input_tokens: int
    output_tokens: int
    cached_input_tokens: int
    reasoning_tokens: int
    cost_micro: int
    latency_ms: int
    finish: str
    asked: str = ""  # `provider/model`, as it was asked; `model` is what the vendor says has answered
    estimated_tokens: int = 0
    lane: str = REALTIME
    id: str = field(default_factory=new_id)

    @property
    def call(self) -> GoodCall:
        """What the gates are to know of it."""
        tokens = self.input_tokens + self.output_tokens
        return GoodCall(self.fence.job_id, self.asked, self.estimated_tokens, tokens, self.latency_ms)


NOT_STORED = ("fence", "analysis", "asked", "estimated_tokens", "lane")


def reply_key(*, provider: str, model: str, prompt_version: int, schema: dict[str, Any], prompt: str) -> str:
    """The SHA-256 that two calls share exactly when one's reply may serve for the other."""
    told = [provider, model, prompt_version, schema, prompt]
    return hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()


def keep_replies(connection: Connection, new: Sequence[NewReply], now: int) -> list[NewReply]:
    """Store replies and what they cost before anything looks at them; gives those not stored before."""
    statement = insert_or(connection, replies).on_conflict_do_nothing().returning(replies.c.id)
    stored = set(connection.execute(statement, [_row(reply, now) for reply in new]).scalars())
    kept = [reply for reply in new if reply.id in stored]
    charge(connection, [_charged(reply) for reply in kept], now)
    return kept


def find_replies(connection: Connection, keys: Collection[TenantKey]) -> dict[TenantKey, Kept]:
    """Under each of these keys the newest reply that was not found wanting; none where there is none."""
    same = tuple_(replies.c.tenant_id, replies.c.key).in_(sorted(set(keys)))
    newest = (
        select(func.max(replies.c.id))
        .where(same, replies.c.accepted.is_not(False))
        .group_by(replies.c.tenant_id, replies.c.key)
    )
    rows = connection.execute(select(*replies.c).where(replies.c.id.in_(newest)))
    return {(row.tenant_id, row.key): _kept(row) for row in rows}


def _row(new: NewReply, now: int) -> dict[str, Any]:
    row = {name: getattr(new, name) for name in NewReply.__slots__ if name not in NOT_STORED}
    told = {"job_id": new.fence.job_id, "generation": new.fence.generation}
    return row | told | {"created_at_ms": now}


def _charged(new: NewReply) -> Charged:
    return Charged(
        tenant_id=new.tenant_id,
        job_id=new.fence.job_id,
        reply_id=new.id,
        analysis=new.analysis,
        provider=new.provider,
        model=new.model,
        input_tokens=new.input_tokens,
        output_tokens=new.output_tokens,
        cost_micro=new.cost_micro,
        lane=new.lane,
    )


def _kept(row: Any) -> Kept:
    return Kept(**{name: getattr(row, name) for name in Kept.__slots__})
