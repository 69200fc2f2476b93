"""Opening: a job's end, and the batches that begin with it, in one transaction; so each is opened once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from models.claims import Fence
from models.endings import Finish, finish
from models.submission import NewBatch, NewJob, create_batch, seal_batch, submit_members


@dataclass(frozen=True, slots=True)
class Opening:
    """A held job's wish to end, and what is to begin then. No batch is without a member."""

    finish: Finish
    batches: Sequence[tuple[NewBatch, Sequence[NewJob]]] = field(default_factory=tuple)


def finish_and_open(
    connection: Connection, wishes: Sequence[Opening], *, holder: str, now: int
) -> set[Fence]:
    """End the jobs still held, and open their batches; gives which those were."""
    won = finish(connection, [wish.finish for wish in wishes], holder=holder, now=now)
    for wish in wishes:
        if wish.finish.fence in won:
            for batch, members in wish.batches:
                create_batch(connection, batch)
                submit_members(connection, batch.batch_id, members)
                seal_batch(connection, batch.batch_id)
    return won
