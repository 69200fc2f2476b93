"""models.credits, on both databases: no race overspends, and each reservation ends once."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from errors import Conflict, InvalidInput
from models.claims import Fence
from models.control import cancel_batch, cancel_job, retry_job
from models.crashes import count_crashes
from models.credits import get_balance, grant, list_entries
from models.database import clock, reading, writing
from models.endings import Finish, finish
from models.fleet import Member, report
from models.limits import Change, change_limit
from models.replies import NewReply, keep_replies
from models.schema import accounts, jobs, ledger_entries, metadata
from models.tenants import ensure_tenant
from models.why import Waiting, why_waiting
from tests.steps.rows import (
    ME,
    TENANT,
    at_once,
    complete,
    end_badly,
    fence,
    job,
    put,
    put_batch,
    send,
    take,
)

pytestmark = pytest.mark.usefixtures("database_url")

METERED: dict[str, Any] = {"model": "p/m", "price_credits": 1}


@pytest.fixture(autouse=True)
def _unlimited(database_url: str) -> None:
    """Credits alone decide: the queue's own limits are away."""
    lift_limits()


def lift_limits() -> None:
    with writing() as connection:
        ensure_tenant(connection, TENANT)
        change_limit(connection, "queue", "ai_analysis", Change(concurrency=0, rate=0))


def give(amount: int, tenant: str = TENANT) -> int:
    with writing() as connection:
        return grant(connection, tenant, amount)


def balance(tenant: str = TENANT) -> int | None:
    with reading() as connection:
        return get_balance(connection, tenant)


def ledger(job_id: str | None = None) -> list[tuple[str, int]]:
    """Kinds and amounts, oldest first; of one job, or of all."""
    query = select(ledger_entries.c.kind, ledger_entries.c.amount).order_by(ledger_entries.c.id)
    with reading() as connection:
        rows = connection.execute(query if job_id is None else query.where(ledger_entries.c.job_id == job_id))
        return [(row.kind, row.amount) for row in rows]


def started(**changes: Any) -> Fence:
    """A metered job that ME holds."""
    job_id = put(**METERED | changes)
    send()
    held = fence(job_id)
    take([held])
    return held


def finish_with_a_reply(held: Fence, *, asked_by: Fence | None = None) -> None:
    """Complete a job with a reply that it, or another job, has asked for."""
    asker = asked_by or held
    new = NewReply(TENANT, "a", asker.job_id, asker, "p", "m", 1, "{}", {}, 1, 2, 0, 0, 7, 5, "stop")
    with writing() as connection:
        keep_replies(connection, [new], clock(connection))
        made = Finish(held, {}, 1, 1, "p", "m", reply_ids=(new.id,))
        finish(connection, [made], holder=ME, now=clock(connection))


def test_a_price_is_reserved_at_admission_and_settled_when_the_answer_was_asked_for() -> None:
    give(5)
    held = started(price_credits=2)
    assert (balance(), job(held.job_id).reserved_credits) == (3, 2)
    finish_with_a_reply(held)
    assert (balance(), job(held.job_id).reserved_credits) == (3, 0)
    assert ledger(held.job_id) == [("reserve", -2), ("settle", 0)]


@pytest.mark.parametrize("ending", ["failed", "cancelled", "local", "reused"])
def test_a_reservation_is_refunded_where_nothing_was_asked_or_nothing_came_of_it(ending: str) -> None:
    give(5)
    held = started()
    if ending == "failed":
        end_badly(held)
    elif ending == "cancelled":
        end_badly(held, error_class="cancelled")
    elif ending == "local":
        complete(held)
    else:
        finish_with_a_reply(held, asked_by=Fence("another", 1))
    assert (balance(), job(held.job_id).reserved_credits) == (5, 0)
    assert ledger(held.job_id) == [("reserve", -1), ("refund", 1)]


def test_a_job_that_is_tried_again_keeps_its_reservation_and_makes_no_second() -> None:
    give(1)
    held = started()
    end_badly(held, retry_in_ms=0)
    assert (balance(), job(held.job_id).reserved_credits) == (0, 1)
    assert [one.job_id for one in send()] == [held.job_id]
    take([fence(held.job_id)])
    with writing() as connection:  # … and so does one whose worker died
        count_crashes(connection, jobs.c.id == held.job_id, clock(connection))
    assert [one.job_id for one in send()] == [held.job_id]
    assert ledger(held.job_id) == [("reserve", -1)]


def test_a_failed_job_that_a_person_retries_reserves_anew() -> None:
    give(1)
    held = started()
    end_badly(held)
    with writing() as connection:
        retry_job(connection, TENANT, held.job_id)
    send()
    take([again := fence(held.job_id)])
    finish_with_a_reply(again)
    told = ["reserve", "refund", "reserve", "settle"]
    assert [kind for kind, _ in ledger(held.job_id)] == told
    assert balance() == 0


def test_a_job_that_waits_for_credits_says_so_and_starts_when_there_are_some() -> None:
    give(0)
    job_id = put(**METERED)
    assert send() == []
    held = held_by(job_id)
    assert held is not None
    assert (held.gate, held.until_ms) == ("credits", None)
    assert "grant some" in held.reason
    assert job(job_id).failure_count == 0
    give(1)
    assert [one.job_id for one in send()] == [job_id]


def held_by(job_id: str) -> Waiting | None:
    """Why the job waits, with a worker there to run it."""
    with writing() as connection:
        report(connection, Member("w", "host", 1, 4), clock(connection))
        return why_waiting(connection, job(job_id), worker_alive_ms=60_000, stand_ins={})


def test_a_tenant_without_an_account_and_a_local_answer_are_not_metered() -> None:
    free, local = put(**METERED), put(price_credits=0)
    assert {one.job_id for one in send()} == {free, local}
    assert (balance(), ledger()) == (None, [])
    give(0)
    assert [one.job_id for one in send()] == []
    assert put(price_credits=0) in {one.job_id for one in send()}


def test_what_was_reserved_comes_back_with_a_batch_that_is_cancelled() -> None:
    give(10)
    batch_id = put_batch(4, **METERED)
    send()
    assert balance() == 6
    with writing() as connection:
        cancel_batch(connection, TENANT, batch_id)
    assert balance() == 10
    assert Counter(kind for kind, _ in ledger()) == {"grant": 1, "reserve": 4, "refund": 4}


def test_members_that_a_batch_does_not_start_get_back_what_they_reserved() -> None:
    give(10)
    put_batch(6, tolerance_count=0, **METERED)
    first, *_ = send()
    take([fence(first.job_id)])
    end_badly(fence(first.job_id))
    assert balance() == 10


def test_the_database_itself_refuses_a_balance_below_nothing() -> None:
    give(1)
    with pytest.raises(IntegrityError), writing() as connection:
        connection.execute(accounts.update().values(balance=accounts.c.balance - 2))


def test_a_negative_grant_is_refused_and_the_ledger_is_read_page_by_page() -> None:
    with pytest.raises(InvalidInput):
        give(-1)
    for amount in (1, 2, 3):
        give(amount)
    with reading() as connection:
        newest = list_entries(connection, TENANT, before=None, limit=2)
        assert [(row.amount, row.balance) for row in newest] == [(3, 6), (2, 3)]
        older = list_entries(connection, TENANT, before=newest[-1].id, limit=2)
    assert [(row.amount, row.balance) for row in older] == [(1, 1)]


def test_sixty_four_submitters_and_eight_admitters_at_once_never_overspend() -> None:
    give(20)
    lowest: list[int] = []
    over = threading.Event()

    def watch() -> None:
        while not over.is_set():
            lowest.append(balance() or 0)

    def work(number: int) -> None:
        if number < 64:
            put(**METERED)
        for _ in range(3):
            sent = send() if number % 8 == 0 else []
            held = [fence(one.job_id) for one in sent[::2]]
            taken = take(held, holder=ME)
            for one in taken:  # half of what was sent is given back, and so makes room for others
                end_badly(one)

    watcher = threading.Thread(target=watch)
    watcher.start()
    at_once(72, work)
    over.set()
    watcher.join()
    send()
    assert min(lowest) >= 0
    assert_sound()
    with reading() as connection:
        held = connection.execute(select(jobs.c.id).where(jobs.c.reserved_credits > 0)).all()
    assert len(held) + (balance() or 0) == 20


def assert_sound() -> None:
    """The ledger's sum is the balance, at every entry, and each reservation ended once or is open."""
    with reading() as connection:
        entries = connection.execute(select(*ledger_entries.c).order_by(ledger_entries.c.id)).all()
        known = connection.execute(select(jobs.c.id, jobs.c.reserved_credits)).all()
    running = 0
    open_now: Counter[str] = Counter()
    for entry in entries:
        running += entry.amount
        assert entry.balance == running >= 0
        if entry.kind == "reserve":
            assert open_now[entry.job_id] == 0
            open_now[entry.job_id] = -entry.amount
        elif entry.kind != "grant":
            assert open_now[entry.job_id] > 0
            assert entry.amount in (0, open_now[entry.job_id])
            open_now[entry.job_id] = 0
    assert running == (balance() or 0)
    assert {row.id: row.reserved_credits for row in known} == {row.id: open_now[row.id] for row in known}


class Metered(RuleBasedStateMachine):
    """Jobs of one tenant, each of which may start, end, be tried again or be cancelled at any time."""

    def __init__(self) -> None:
        super().__init__()
        with writing() as connection:
            for table in reversed(metadata.sorted_tables):
                connection.execute(delete(table))
        lift_limits()
        give(0)
        self.jobs: list[str] = []
        self.reply = 0

    @rule(amount=st.integers(0, 5))
    def somebody_grants(self, amount: int) -> None:
        give(amount)

    @rule(price=st.integers(0, 3), model=st.sampled_from(["p/m", "local"]))
    def submit(self, price: int, model: str) -> None:
        self.jobs.append(put(model=model, price_credits=0 if model == "local" else price))

    @rule()
    def admit(self) -> None:
        send()

    @precondition(lambda self: self.jobs)
    @rule(data=st.data(), how=st.sampled_from(["take", "fail", "retry", "local", "asked", "reused", "crash"]))
    def work(self, data: st.DataObject, how: str) -> None:
        held = fence(data.draw(st.sampled_from(self.jobs)))
        if how == "take":
            take([held])
        elif how in ("fail", "retry"):
            end_badly(held, retry_in_ms=0 if how == "retry" else None)
        elif how == "local":
            complete(held)
        elif how == "crash":
            with writing() as connection:
                count_crashes(connection, (jobs.c.id == held.job_id) & (jobs.c.state == "running"), 1, most=2)
        else:
            finish_with_a_reply(held, asked_by=Fence("another", 1) if how == "reused" else None)

    @precondition(lambda self: self.jobs)
    @rule(data=st.data(), how=st.sampled_from([cancel_job, retry_job]))
    def a_person_asks(self, data: st.DataObject, how: Any) -> None:
        job_id = data.draw(st.sampled_from(self.jobs))
        with suppress(Conflict), writing() as connection:
            how(connection, TENANT, job_id)

    @invariant()
    def the_ledger_is_sound(self) -> None:
        assert_sound()


def test_whatever_happens_to_jobs_each_reservation_ends_once_and_the_sum_is_the_balance() -> None:
    quiet = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
    bounds = settings(max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=quiet)
    run_state_machine_as_test(Metered, settings=bounds)
