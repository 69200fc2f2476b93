"""Replies: what a model answered, kept as it came and found again by its key, so nothing is paid twice."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, insert, select

from models.claims import Fence
from models.database import clock, new_id
from models.schema import replies


@dataclass(frozen=True, slots=True)
class Kept:
    """A stored reply: what `persist` validates."""

    id: str
    text: str
    provider: str
    model: str
    prompt_version: int
    finish: str


@dataclass(frozen=True, slots=True)
class NewReply:
    """A model's reply with its usage in tokens, ready to be kept."""

    tenant_id: str
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
    latency_ms: int
    finish: str


def reply_key(*, provider: str, model: str, prompt_version: int, schema: dict[str, Any], prompt: str) -> str:
    """The SHA-256 that two calls share exactly when one's reply may serve for the other."""
    told = [provider, model, prompt_version, schema, prompt]
    return hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()


def keep_reply(connection: Connection, new: NewReply) -> str:
    """Store a reply before anything looks at it; gives its id."""
    row = {name: getattr(new, name) for name in NewReply.__slots__ if name != "fence"}
    row |= {"id": new_id(), "job_id": new.fence.job_id, "generation": new.fence.generation}
    connection.execute(insert(replies), row | {"created_at_ms": clock(connection)})
    return str(row["id"])


def find_reply(connection: Connection, tenant_id: str, key: str) -> Kept | None:
    """The newest reply under this key that was not found wanting."""
    row = connection.execute(
        select(*replies.c)
        .where(replies.c.tenant_id == tenant_id, replies.c.key == key, replies.c.accepted.is_not(False))
        .order_by(replies.c.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    return Kept(row.id, row.text, row.provider, row.model, row.prompt_version, row.finish)
