"""Replay: an ended job runs again from a step of its pipeline, on what the steps before it stored.

No later than the step that asks, its stored replies are withdrawn, so that it asks anew; behind it, the
replies that it used last count as not judged yet, so that they are validated once more. The old answer stays
to be read until a new one takes its place.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, tuple_, update

from errors import Conflict, NotFound
from models.claims import Fence
from models.control import KEY_TAKEN, STOPPING, gate_of_batch, key_is_taken, reopen, taken_key_told
from models.database import clock
from models.lanes import LOCAL
from models.rounds import afresh
from models.schema import batches, charges, jobs, replies
from models.states import TERMINAL, State
from models.stopping import BEING_STOPPED

MEMBERS_GONE = "Members of its batch have been cleaned up since; replay it from {step}, which opens it anew."
NOTHING_STORED = "No reply of a model is stored for this job, to go on from; replay it from an earlier step."


def replay_job(
    connection: Connection,
    tenant_id: str,
    job_id: str,
    step: str,
    *,
    repeats: Collection[str],
    asks_anew: bool,
) -> Fence:
    """Let an ended job run again from `step`, so that the steps in `repeats` run.

    `asks_anew` if that comes no later than asking a model. Raises NotFound; Conflict if it has not ended, if
    its dedup key is another's by now, or if nothing is stored from which it could go on.
    """
    mine = (jobs.c.tenant_id == tenant_id, jobs.c.id == job_id)
    row = connection.execute(select(*jobs.c).where(*mine).with_for_update()).one_or_none()
    if row is None:
        raise NotFound(f"There is no job {job_id[:40]!r} here.")
    if row.state not in TERMINAL:
        raise Conflict(f"The job is {row.state}; only a job that has ended can be replayed.")
    if connection.execute(BEING_STOPPED.where(batches.c.id == row.batch_id)).first():
        raise Conflict(STOPPING)
    _open_anew(connection, row, repeats)
    if asks_anew:
        _withdraw(connection, row)
    elif row.model != LOCAL and not _unjudge(connection, row):
        raise Conflict(NOTHING_STORED)
    now = clock(connection)
    again = (
        update(jobs)
        .where(*mine, ~key_is_taken())
        .values(afresh(now) | {"step": step, "gate": gate_of_batch()})
    )
    with taken_key_told():
        rows = connection.execute(again.returning(*jobs.c)).all()
    if not rows:
        raise Conflict(KEY_TAKEN)
    reopen(connection, rows, State(row.state), f"Replayed from {step} on request.", now)
    return Fence(job_id, rows[0].generation)


def _open_anew(connection: Connection, row: Any, repeats: Collection[str]) -> None:
    """A batch of the job's that has lost members is opened anew, where the step that does it is repeated.

    Raises Conflict where it is not: what comes behind would read those that are left for all of them.
    """
    stored = select(func.count()).where(jobs.c.batch_id == batches.c.id).scalar_subquery()
    torn = (batches.c.opened_by_job_id == row.id, batches.c.total > stored)
    opened = select(batches.c.id, batches.c.opened_by_step).where(*torn, ~batches.c.cancel_requested)
    for batch_id, step in connection.execute(opened).all():
        if step not in repeats:
            raise Conflict(MEMBERS_GONE.format(step=step))
        forgotten = {"opened_by_job_id": None, "opened_by_step": None}
        connection.execute(update(batches).where(batches.c.id == batch_id).values(forgotten))


def _withdraw(connection: Connection, row: Any) -> None:
    """What models said to this job's question serves nobody any more."""
    keys = select(replies.c.tenant_id, replies.c.key).where(_used_by(row))
    same = tuple_(replies.c.tenant_id, replies.c.key).in_(keys)
    connection.execute(update(replies).where(same).values(accepted=False))


def _unjudge(connection: Connection, row: Any) -> bool:
    """The replies that this job used last are to be validated again; False if there are none."""
    newest = select(func.max(replies.c.id)).where(_used_by(row)).group_by(replies.c.tenant_id, replies.c.key)
    again = update(replies).where(replies.c.id.in_(newest)).values(accepted=None)
    return connection.execute(again).rowcount > 0


def _used_by(row: Any) -> ColumnElement[bool]:
    """Replies that this job got itself, or read because another had got them."""
    used = select(charges.c.reply_id).where(charges.c.job_id == row.id)
    return and_(replies.c.tenant_id == row.tenant_id, or_(replies.c.job_id == row.id, replies.c.id.in_(used)))
