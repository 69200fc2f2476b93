"""Questions: what is being asked of models right now, so that jobs with the same question pay for it once.

Before a job asks, it claims its question. Where another live job holds it, the job goes back in line and
waits there, without a thread and without using up an attempt, until the reply is kept. Should the asker
fail or die, the sweep frees the question, and the first of those that waited asks it.
"""

from __future__ import annotations

import enum
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select, tuple_, update

from models.charges import Charged, charge
from models.claims import HELD, Fence, fenced
from models.crashes import change_some
from models.inserting import insert_or
from models.limits import DEFAULT, Key, correct_spent
from models.replies import Kept, TenantKey, find_replies
from models.schema import jobs, questions
from models.states import State
from models.tables.columns import indexed
from models.timeline import Entry, record

WAITS = "Another job is asking the same; its reply will serve for this one."
WAITING = indexed("jobs.waits_for IS NOT NULL AND jobs.state = 'scheduled'")


class Turn(enum.Enum):
    """What a job is to do about a question that has no stored reply."""

    ASK = "it holds the question now"
    NOT_YET = "another job is asking; this one is back in line and no longer held"


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A job's wish to know. It may hold the question for `patience_ms`, longer than a call can take.

    Of the tokens reserved for the job, `estimated_tokens` are for this question and `later_tokens` for those
    that it has still to ask. `is_first`: it is the first of this run of the job. `was_batched`: its provider
    may have answered it while the job waited, which is no saving.
    """

    fence: Fence
    tenant_id: str
    key: str
    analysis: str
    patience_ms: int
    queue: str
    asked: str = ""  # `provider/model`
    estimated_tokens: int = 0
    later_tokens: int = 0
    is_first: bool = True
    was_batched: bool = False

    @property
    def question(self) -> TenantKey:
        return (self.tenant_id, self.key)


def inquire(connection: Connection, asked: Sequence[Inquiry], *, holder: str, now: int) -> list[Kept | Turn]:
    """For each its stored reply, which is charged as saved, or whether it is to ask.

    The question is claimed before replies are looked for: so whoever gets a claim right after the one
    before gave it up finds the reply which that one kept. Who makes no call gives back what was
    reserved for it: its tokens, and its place among the calls of its queue.
    """
    claimed = _claim(connection, asked, now)
    known = find_replies(connection, [one.question for one in asked])
    pairs = [(one, known[one.question]) for one in asked if one.question in known]
    saved = [_reused(*pair) for pair in pairs if not _is_own(*pair)]
    charge(connection, saved, now)
    _drop(connection, [question for question in claimed if question in known])
    rest = [one for one in asked if one.question not in known and claimed.get(one.question) != one.fence]
    _put_back(connection, rest, holder, now)
    unused = [(one, one.estimated_tokens) for one in asked if one.question in known]
    unused += [(one, one.estimated_tokens + one.later_tokens) for one in rest]
    correct_spent(connection, [back for one, tokens in unused for back in _given_back(one, tokens, now)])
    waiting = {one.fence for one in rest}
    return [known.get(one.question) or (Turn.NOT_YET if one.fence in waiting else Turn.ASK) for one in asked]


def answered(connection: Connection, asked: Collection[TenantKey]) -> None:
    """These questions have their replies: whoever waited for one goes on, first in its line.

    The question's row goes first: whoever is about to wait for it holds that row until it does wait.
    """
    _drop(connection, asked)
    which = tuple_(jobs.c.tenant_id, jobs.c.waits_for).in_(sorted(asked))
    change_some(connection, WAITING & which, {"due_at_ms": jobs.c.created_at_ms})


def free_questions(connection: Connection, now: int) -> None:
    """Questions whose asker failed, died or let go of its job; whoever waited for one goes on."""
    asker = (jobs.c.id == questions.c.job_id, jobs.c.generation == questions.c.generation)
    asking = select(jobs.c.id).where(*asker, HELD).exists()
    connection.execute(delete(questions).where((questions.c.until_ms < now) | ~asking))
    same = (questions.c.tenant_id == jobs.c.tenant_id, questions.c.key == jobs.c.waits_for)
    in_vain = WAITING & (jobs.c.due_at_ms > now) & ~select(questions.c.key).where(*same).exists()
    change_some(connection, in_vain, {"due_at_ms": jobs.c.created_at_ms})


def _claim(connection: Connection, asked: Sequence[Inquiry], now: int) -> dict[TenantKey, Fence]:
    """The questions that these jobs hold now, each by one of them."""
    first = {one.question: one for one in reversed(asked)}
    statement = insert_or(connection, questions)
    given = statement.excluded
    own_before = (questions.c.job_id == given.job_id) & (questions.c.generation <= given.generation)
    statement = statement.on_conflict_do_update(
        index_elements=["tenant_id", "key"],
        set_={name: given[name] for name in ("job_id", "generation", "until_ms")},
        where=(questions.c.until_ms < now) | own_before,
    )
    wanted = [  # in one order everywhere, so that no two writers wait for each other
        {
            "tenant_id": one.tenant_id,
            "key": one.key,
            "job_id": one.fence.job_id,
            "generation": one.fence.generation,
            "until_ms": now + one.patience_ms,
        }
        for _, one in sorted(first.items())
    ]
    rows = connection.execute(statement.returning(questions.c.tenant_id, questions.c.key), wanted).all()
    return {(row.tenant_id, row.key): first[row.tenant_id, row.key].fence for row in rows}


def _given_back(inquiry: Inquiry, tokens: int, now: int) -> list[tuple[Key, int, int]]:
    starts = [((DEFAULT, inquiry.queue), -1, now)] if inquiry.is_first else []
    return [(("model", inquiry.asked), -tokens, now), *starts]


def _drop(connection: Connection, asked: Collection[TenantKey]) -> None:
    if asked:
        named = tuple_(questions.c.tenant_id, questions.c.key)
        held = select(questions.c.tenant_id, questions.c.key).where(named.in_(sorted(asked)))
        in_order = held.order_by(questions.c.tenant_id, questions.c.key).with_for_update()
        connection.execute(delete(questions).where(named.in_(in_order)))


def _put_back(connection: Connection, asked: Sequence[Inquiry], holder: str, now: int) -> None:
    """Return these jobs to wait for a reply, at the latest until its asker's claim ends."""
    by_question: dict[TenantKey, list[Fence]] = defaultdict(list)
    for one in asked:
        by_question[one.question].append(one.fence)
    for (tenant_id, key), fences in by_question.items():
        held = (questions.c.tenant_id == tenant_id, questions.c.key == key)
        rows = connection.execute(
            update(jobs)
            .where(fenced(fences, holder))
            .values(
                state=State.SCHEDULED,
                holder=None,
                lease_until_ms=None,
                step=jobs.c.first_step,
                generation=jobs.c.generation + 1,
                waits_for=key,
                due_at_ms=select(questions.c.until_ms).where(*held).scalar_subquery(),
            )
            .returning(*jobs.c)
        ).all()
        entries = [Entry(r.tenant_id, r.id, r.batch_id, r.state, r.generation, WAITS) for r in rows]
        record(connection, entries, now)


def _is_own(one: Inquiry, kept: Kept) -> bool:
    return one.was_batched and kept.job_id == one.fence.job_id


def _reused(one: Inquiry, kept: Kept) -> Charged:
    return Charged(
        tenant_id=one.tenant_id,
        job_id=one.fence.job_id,
        reply_id=kept.id,
        analysis=one.analysis,
        provider=kept.provider,
        model=kept.model,
        saved_micro=kept.cost_micro,
        is_reused=True,
    )
