"""The timeline, on both databases: whatever happens to a job, its events are the states that its row had.

A trigger writes down each state of each row, which no statement of ours can get round; then jobs are driven
at random through everything that can happen to them.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any

import pytest
from sqlalchemy import select, text, update

from errors import Conflict
from models import recovery
from models.admission import Admitted
from models.claims import Claim, Fence, claim, give_back, hand_over
from models.control import cancel_batch, cancel_job, retry_failed, retry_job
from models.database import clock, engine, reading, transact, writing
from models.endings import Failure, fail
from models.questions import Inquiry, inquire
from models.replay import replay_job
from models.schema import batches, events, jobs
from models.unsent import put_off, unsend
from tests.steps.rows import LEASE_MS, ME, OTHER, TENANT, complete, end_badly, put, put_batch, send

STEPS = 600
OFTEN = ["admit", "take", "fail"] * 5 + ["retry", "retry_failed_members"] * 2  # or little else could happen
WRITTEN_DOWN = "CREATE TABLE written_down (place {key}, job_id VARCHAR, state VARCHAR)"
NOTE = "INSERT INTO written_down (job_id, state) VALUES (NEW.id, NEW.state);"
SQLITE = [
    WRITTEN_DOWN.format(key="INTEGER PRIMARY KEY"),
    f"CREATE TRIGGER noted_new AFTER INSERT ON jobs BEGIN {NOTE} END",
    f"CREATE TRIGGER noted AFTER UPDATE OF state ON jobs BEGIN {NOTE} END",
]
POSTGRES = [
    WRITTEN_DOWN.format(key="BIGSERIAL PRIMARY KEY"),
    f"CREATE FUNCTION noted() RETURNS trigger AS $$ BEGIN {NOTE} RETURN NEW; END $$ LANGUAGE plpgsql",
    "CREATE TRIGGER noted AFTER INSERT OR UPDATE OF state ON jobs FOR EACH ROW EXECUTE FUNCTION noted()",
]
UNDO = ["DROP TRIGGER noted ON jobs", "DROP FUNCTION noted", "DROP TABLE written_down"]


@pytest.fixture(autouse=True)
def _written_down(database_url: str) -> Iterator[None]:
    """Every state that any row of `jobs` ever has is written down by the database itself."""
    _execute(SQLITE if database_url.startswith("sqlite") else POSTGRES)
    yield
    if not database_url.startswith("sqlite"):
        _execute(UNDO)


def _execute(statements: list[str]) -> None:
    with engine().begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


class Walk:
    """One random walk; `happened` counts what had an effect, by the name of the method."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.happened: Counter[str] = Counter()
        self.sent: list[Admitted] = []
        self.batches = [put_batch(4, limit=2, tolerance_count=2), put_batch(3)]

    def walk(self) -> None:
        steps = [name for name in vars(Walk) if not name.startswith("_") and name != "walk"]
        for _ in range(STEPS):
            name = self.random.choice(steps + OFTEN)
            if getattr(self, name)():
                self.happened[name] += 1
        assert set(steps) <= set(self.happened), f"never happened: {set(steps) - set(self.happened)}"

    def submit(self) -> bool:
        return bool(put(delay_ms=self.random.choice([0, 60_000]), max_attempts=3))

    def become_due(self) -> bool:
        return self._set(due_at_ms=0, where="retrying") or self._set(due_at_ms=0, where="scheduled")

    def admit(self) -> bool:
        self.sent += send()
        return bool(self.sent)

    def take(self) -> bool:
        wishes = [Claim(Fence(job.job_id, job.generation), job.step) for job in self.sent]
        self.sent = []
        return bool(self._write(lambda c, now: claim(c, wishes, holder=ME, lease_ms=LEASE_MS, now=now)))

    def hand_over_and_be_taken_elsewhere(self) -> bool:
        if not (held := self._held()):
            return False
        self._write(lambda c, now: hand_over(c, held, "persist", holder=ME, lease_ms=LEASE_MS, now=now))
        if self.random.random() < 0.5:  # else its message is lost
            wish = Claim(held, "persist")
            self._write(lambda c, now: claim(c, [wish], holder=OTHER, lease_ms=LEASE_MS, now=now))
        return True

    def give_back(self) -> bool:
        if self.random.random() < 0.5:
            return self._with_held(lambda c, held, now: put_off(c, [(held, 60_000)], holder=ME, now=now))
        return self._with_held(lambda c, held, now: give_back(c, [held], holder=ME, now=now))

    def wait_for_anothers_reply(self) -> bool:
        def ask(connection: Any, held: Fence, now: int) -> bool:
            other = Inquiry(Fence("somebody else", 1), TENANT, "key", "test.trivial", 60_000, "ai_analysis")
            mine = Inquiry(held, TENANT, "key", "test.trivial", 60_000, "ai_analysis")
            inquire(connection, [other], holder=OTHER, now=now)
            return bool(inquire(connection, [mine], holder=ME, now=now))

        return self._with_held(ask)

    def complete(self) -> bool:
        held = self._held()
        return bool(held and complete(held))

    def fail_and_retry_later(self) -> bool:
        held = self._held()
        return bool(held and end_badly(held, retry_in_ms=60_000))

    def fail(self) -> bool:
        held = self._held()
        return bool(held and end_badly(held))

    def end_as_cancelled(self) -> bool:
        def end(connection: Any, held: Fence, now: int) -> Any:
            return fail(connection, [Failure(held, "cancelled", "Asked.", None)], holder=ME, now=now)

        return self._with_held(end)

    def cancel(self) -> bool:
        job = self._any()
        try:
            return bool(job and transact(lambda c: cancel_job(c, TENANT, job.id)))
        except Conflict:
            return False

    def cancel_whole_batch(self) -> bool:
        if self.random.random() < 0.7:  # seldom, or nothing else would happen to batches
            return False
        which = self.batches.pop(0)
        self.batches.append(put_batch(6, limit=self.random.choice([None, 2])))
        return transact(lambda c: cancel_batch(c, TENANT, which)).cancelled >= 0

    def retry(self) -> bool:
        job = self._any("failed")
        return bool(job and transact(lambda c: retry_job(c, TENANT, job.id)))

    def retry_failed_members(self) -> bool:
        which = self.random.choice(self.batches)
        return bool(transact(lambda c: retry_failed(c, TENANT, which)))

    def replay(self) -> bool:
        job = self._any(self.random.choice(["completed", "cancelled"]))
        if job is None:
            return False
        return bool(transact(lambda c: replay_job(c, TENANT, job.id, "fetch", repeats=(), asks_anew=True)))

    def lose_a_worker(self) -> bool:
        found = self._set(lease_until_ms=1, where="running")
        transact(recovery.sweep)
        return found

    def lose_a_message(self) -> bool:
        found = self._set(lease_until_ms=1, where="waiting")
        transact(recovery.sweep)
        return found

    def fail_to_send(self) -> bool:
        sent, self.sent = self.sent, []
        transact(lambda c: unsend(c, [(job.job_id, job.generation) for job in sent], clock(c)))
        return bool(sent)

    def wipe_the_broker(self) -> bool:
        return bool(transact(recovery.free_all_sent))

    def _write(self, body: Callable[[Any, int], Any]) -> Any:
        with writing() as connection:
            return body(connection, clock(connection))

    def _with_held(self, body: Callable[[Any, Fence, int], Any]) -> bool:
        held = self._held()
        return bool(held and self._write(lambda c, now: body(c, held, now)))

    def _held(self) -> Fence | None:
        job = self._any("running", holder=ME)
        return None if job is None else Fence(job.id, job.generation)

    def _any(self, state: str | None = None, **same: str) -> Any | None:
        where = [jobs.c[name] == value for name, value in same.items()]
        if state:
            where.append(jobs.c.state == state)
        with reading() as connection:
            found = connection.execute(select(*jobs.c).where(*where).order_by(jobs.c.id)).all()
        return self.random.choice(found) if found else None

    def _set(self, *, where: str, **values: Any) -> bool:
        with writing() as connection:
            found = select(jobs.c.id).where(jobs.c.state == where).order_by(jobs.c.id)
            if "lease_until_ms" in values:
                found = found.where(jobs.c.lease_until_ms.is_not(None))
            ids = connection.execute(found).scalars().all()
            if ids:
                chosen = self.random.choice(ids)
                connection.execute(update(jobs).where(jobs.c.id == chosen).values(values))
            return bool(ids)


def _by_job(statement: str) -> dict[str, list[str]]:
    """Each job's states in order; the same state twice in a row is told once."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    with reading() as connection:
        for job_id, state in connection.execute(text(statement)):
            found[job_id].append(state)
    return {job_id: [state for state, _ in groupby(states)] for job_id, states in found.items()}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_timeline_tells_every_state_a_job_had_and_no_other(seed: int) -> None:
    walk = Walk(seed)
    walk.walk()
    had = _by_job("SELECT job_id, state FROM written_down ORDER BY place")
    told = _by_job("SELECT job_id, state FROM events WHERE job_id IS NOT NULL ORDER BY id")
    assert told == had
    with reading() as connection:
        now = dict(connection.execute(select(jobs.c.id, jobs.c.state)).all())
    assert {job_id: states[-1] for job_id, states in told.items()} == now


@pytest.mark.parametrize("seed", [4, 5])
def test_a_batchs_last_event_is_its_outcome_or_that_it_was_opened_again(seed: int) -> None:
    Walk(seed).walk()
    told = select(events.c.batch_id, events.c.state).where(events.c.job_id.is_(None)).order_by(events.c.id)
    with reading() as connection:
        last = dict(connection.execute(told).all())
        outcomes = dict(connection.execute(select(batches.c.id, batches.c.outcome)).all())
    assert last
    assert "running" in states_of_batches()
    assert last == {batch_id: outcomes[batch_id] or "running" for batch_id in last}
    assert all(outcome is None for batch_id, outcome in outcomes.items() if batch_id not in last)


def states_of_batches() -> list[str]:
    with reading() as connection:
        return list(connection.execute(select(events.c.state).where(events.c.job_id.is_(None))).scalars())
