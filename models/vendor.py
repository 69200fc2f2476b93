"""Questions that providers answer within a day: parked, gathered into their batches, answered or given up.

    parked ── gathered ──▶ in a batch ── answered ──▶ the reply is kept, and its jobs go on
                               └─ refused, expired, lost ──▶ its jobs go on, and ask at once

A job whose questions are parked waits behind a gate of its own, without a thread, a lease or a message. The
transaction that keeps a reply removes the question and opens that gate: reading a result twice does nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from models.charges import REALTIME
from models.claims import Fence, fenced
from models.crashes import change_some
from models.database import new_id
from models.lanes import PARKED
from models.limits import DEFAULT, correct_spent
from models.replies import NewReply, TenantKey, find_replies, keep_replies
from models.schema import jobs, marks, vendor_batches, vendor_items
from models.states import Gate, State
from models.timeline import Entry, record

TURN = "vendor batches"
WAITS = "Its question is with the provider, to be answered within a day."
ASKS_AT_ONCE = "The provider's batch has brought no answer, so its model is asked at once."
PAGE = 500
KEPT_MS = 30 * 86_400_000


@dataclass(frozen=True, slots=True)
class Question:
    """One question to be parked: the key of its reply, and the request as the provider takes it."""

    key: str
    body: dict[str, Any]
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Parking:
    """A held job's wish to wait for all of these."""

    fence: Fence
    tenant_id: str
    analysis: str
    queue: str
    asked: str
    prompt_version: int
    estimated_tokens: int
    questions: Sequence[Question]


def park(connection: Connection, wish: Parking, *, holder: str, now: int) -> bool:
    """Store the questions that nobody has parked yet, and let the job wait; False if it is not held any more.

    What was reserved for its call is given back: no limit of ours counts what providers do in a day.
    """
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    waiting = {
        "state": State.WAITING,
        "gate": Gate.VENDOR,
        "waits_for": wish.questions[-1].key,
        "step": jobs.c.first_step,
        "holder": None,
        "lease_until_ms": None,
        "generation": jobs.c.generation + 1,
    }
    held = update(jobs).where(fenced([wish.fence], holder)).values(waiting).returning(*jobs.c)
    row = connection.execute(held).one_or_none()
    if row is None:
        return False
    stored = dialect.insert(vendor_items).on_conflict_do_nothing()
    connection.execute(stored, [_item(wish, question, now) for question in wish.questions])
    back = [(("model", wish.asked), -wish.estimated_tokens, now), ((DEFAULT, wish.queue), -1, now)]
    correct_spent(connection, back)
    record(connection, [Entry(row.tenant_id, row.id, row.batch_id, row.state, row.generation, WAITS)], now)
    return True


def take_turn(connection: Connection, *, lease_ms: int, now: int) -> bool:
    """True for one process at a time, until it has said nothing for `lease_ms`; see `next_turn`."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(dialect.insert(marks).on_conflict_do_nothing(), {"name": TURN, "value": 0})
    free = update(marks).where(marks.c.name == TURN, marks.c.value <= now).values(value=now + lease_ms)
    return bool(connection.execute(free).rowcount)


def next_turn(connection: Connection, at_ms: int) -> None:
    """Nobody else has the turn before then; whoever has it goes on, or has done."""
    connection.execute(update(marks).where(marks.c.name == TURN).values(value=at_ms))


def gather(
    connection: Connection, *, collect_ms: int, most_items: int, most_bytes: int, now: int
) -> list[str]:
    """Put parked questions into new batches, once the oldest has waited `collect_ms` for company; their ids.

    Questions that have a reply by now, or for which no job waits any more, are let go.
    """
    _let_go(connection, now)
    loose = vendor_items.c.vendor_batch_id.is_(None)
    oldest = func.min(vendor_items.c.created_at_ms)
    groups = select(vendor_items.c.asked, oldest, func.count()).where(loose).group_by(vendor_items.c.asked)
    made = []
    for asked, since_ms, many in connection.execute(groups).all():
        if since_ms <= now - collect_ms or many >= most_items:
            made.append(_fill(connection, asked, most_items, most_bytes, now))
    return made


def _let_go(connection: Connection, now: int) -> None:
    waiting = select(jobs.c.id).where(*_waits_for(), PARKED).exists()
    loose = vendor_items.c.vendor_batch_id.is_(None)
    # A job of several questions waits for one of them by name, and for the others by their common job.
    own = select(jobs.c.id).where(jobs.c.id == vendor_items.c.job_id, PARKED).exists()
    connection.execute(delete(vendor_items).where(loose, ~waiting, ~own))
    rows = connection.execute(select(vendor_items.c.tenant_id, vendor_items.c.key).where(loose).limit(PAGE))
    if known := find_replies(connection, [(row.tenant_id, row.key) for row in rows]):
        settle(connection, [], list(known), now)


def _waits_for() -> tuple[ColumnElement[bool], ...]:
    return (jobs.c.tenant_id == vendor_items.c.tenant_id, jobs.c.waits_for == vendor_items.c.key)


def _fill(connection: Connection, asked: str, most_items: int, most_bytes: int, now: int) -> str:
    loose = (vendor_items.c.asked == asked, vendor_items.c.vendor_batch_id.is_(None))
    so_far = func.sum(vendor_items.c.size_bytes).over(order_by=vendor_items.c.id).label("so_far")
    first = select(vendor_items.c.id, so_far).where(*loose).order_by(vendor_items.c.id).limit(most_items)
    few = first.subquery()
    batch_id = new_id()
    taken = select(few.c.id).where(few.c.so_far <= most_bytes)
    filled = update(vendor_items).where(vendor_items.c.id.in_(taken)).values(vendor_batch_id=batch_id)
    many = connection.execute(filled).rowcount
    row = {"id": batch_id, "asked": asked, "items": many, "created_at_ms": now, "state": "new", "tries": 0}
    connection.execute(insert(vendor_batches), row)
    return batch_id


def open_batches(connection: Connection) -> list[Any]:
    """Those that have not ended, oldest first."""
    found = select(*vendor_batches.c).where(vendor_batches.c.state != "ended")
    return list(connection.execute(found.order_by(vendor_batches.c.id)).all())


def forget_old(connection: Connection, now: int) -> None:
    """Remove what is known of batches that ended long ago; their replies are kept elsewhere."""
    old = (vendor_batches.c.state == "ended", vendor_batches.c.ended_at_ms < now - KEPT_MS)
    connection.execute(delete(vendor_batches).where(*old))


def begin_sending(connection: Connection, batch_id: str) -> None:
    """From here on it may be at the provider."""
    tried = {"tries": vendor_batches.c.tries + 1}
    connection.execute(update(vendor_batches).where(vendor_batches.c.id == batch_id).values(tried))


def change_batch(connection: Connection, batch_id: str, **values: Any) -> None:
    """Write down what became of it."""
    connection.execute(update(vendor_batches).where(vendor_batches.c.id == batch_id).values(values))


def items_of(connection: Connection, batch_id: str, after: str = "") -> list[Any]:
    """The next questions of a batch, in the order of their ids."""
    mine = (vendor_items.c.vendor_batch_id == batch_id, vendor_items.c.id > after)
    return list(
        connection.execute(select(*vendor_items.c).where(*mine).order_by(vendor_items.c.id).limit(PAGE))
    )


def items_named(connection: Connection, batch_id: str, ids: Collection[str]) -> dict[str, Any]:
    """Those of this batch's questions that are named and still open, by id."""
    mine = (vendor_items.c.vendor_batch_id == batch_id, vendor_items.c.id.in_(ids))
    return {row.id: row for row in connection.execute(select(*vendor_items.c).where(*mine))}


def is_wanted(connection: Connection, batch_id: str) -> bool:
    """Whether a job still waits for anything in this batch."""
    waiting = select(jobs.c.id).where(jobs.c.id == vendor_items.c.job_id, PARKED).exists()
    others = select(jobs.c.id).where(*_waits_for(), PARKED).exists()
    mine = (vendor_items.c.vendor_batch_id == batch_id, waiting | others)
    return connection.execute(select(vendor_items.c.id).where(*mine).limit(1)).first() is not None


def settle(
    connection: Connection, replies: Sequence[NewReply], answered: Collection[TenantKey], now: int
) -> None:
    """Keep these replies to questions in batches; the jobs that waited for any of `answered` go on."""
    if replies:
        keep_replies(connection, replies, now)
    _go_on(connection, answered, {}, now)


def give_up(connection: Connection, unanswered: Collection[TenantKey], now: int) -> None:
    """No answer will come to these: their jobs ask at once."""
    _go_on(connection, unanswered, {"call_lane": REALTIME}, now)


def _go_on(connection: Connection, keys: Collection[TenantKey], change: dict[str, Any], now: int) -> None:
    if not keys:
        return
    named = tuple_(vendor_items.c.tenant_id, vendor_items.c.key).in_(sorted(keys))
    connection.execute(delete(vendor_items).where(named))
    which = tuple_(jobs.c.tenant_id, jobs.c.waits_for).in_(sorted(keys))
    rows = change_some(connection, PARKED & which, {"gate": None, "waits_for": None, **change})
    told = ASKS_AT_ONCE if change else "The provider's batch has brought its answer."
    entries = [Entry(r.tenant_id, r.id, r.batch_id, r.state, r.generation, told) for r in rows]
    record(connection, entries, now)


def free_stranded(connection: Connection, now: int) -> None:
    """Jobs that wait for a question which is nowhere any more, for another transaction held them then."""
    there = select(vendor_items.c.id).where(
        vendor_items.c.tenant_id == jobs.c.tenant_id, vendor_items.c.key == jobs.c.waits_for
    )
    change_some(connection, PARKED & ~there.exists(), {"gate": None, "waits_for": None})


def _item(wish: Parking, question: Question, now: int) -> dict[str, Any]:
    return {
        "id": new_id(),
        "tenant_id": wish.tenant_id,
        "key": question.key,
        "job_id": wish.fence.job_id,
        "generation": wish.fence.generation,
        "analysis": wish.analysis,
        "asked": wish.asked,
        "prompt_version": wish.prompt_version,
        "body": question.body,
        "size_bytes": question.size_bytes,
        "created_at_ms": now,
    }
