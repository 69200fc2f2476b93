"""Members: what became of a batch's rows, read a page at a time; for whoever submitted it, and for steps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from actors.tasks import typed_answer
from analyses.base import Answer
from models.database import reading
from models.lookups import list_members


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a batch: its job's id, the row's own id, where it stands and what it found."""

    id: str
    external_id: str | None
    state: str
    answer: Answer | None
    error_class: str | None
    error_message: str | None


def read_members(tenant_id: str, batch_id: str) -> Iterator[Member]:
    """All members of a batch in the order they were submitted; a page of them is in memory at a time."""
    after = ""
    while True:
        with reading() as connection:
            rows = list_members(connection, tenant_id, batch_id, after=after)
        yield from map(_member, rows)
        if not rows:
            return
        after = rows[-1].id


def _member(row: Any) -> Member:
    answer = None if row.answer_answer is None else typed_answer(row.analysis, row.answer_answer)
    return Member(row.id, row.external_id, row.state, answer, row.error_class, row.error_message)
