"""What runs again and again reads no table from end to end, by the plans that the databases make."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from models.budgets import Period, set_budget
from models.claims import renew
from models.control import retry_jobs
from models.database import clock, engine, reading, writing
from models.deliveries import take_overdue
from models.lookups import list_members, waiting_member
from models.overview import list_results
from models.recovery import sweep, take_turn
from tests.steps.rows import LEASE_MS, ME, TENANT, complete, end_badly, fence, put, put_batch, send, take

pytestmark = pytest.mark.usefixtures("database_url")

GROWING = "jobs|answers|deliveries|events|replies|contents|charges"
WHOLE = re.compile(  # PostgreSQL's words for it where it is told to avoid it, and SQLite's
    rf"Seq Scan on ({GROWING})\b"
    rf"|^SCAN ({GROWING})( USING (COVERING )?INDEX sqlite_autoindex\w+)?$"
    r"|^SEARCH jobs USING (COVERING )?INDEX ix_jobs_(tenant|batch) \(\w+=\?\)$"
    r"|ix_jobs_tenant \(tenant_id=\? AND id>\?\)"
)


@contextmanager
def whole_reads() -> Iterator[list[str]]:
    """Afterwards: the statements of the block that read all of a growing table, with the line saying so."""
    asked: dict[str, Any] = {}
    found: list[str] = []
    made = engine()

    def listen(connection: Any, cursor: Any, statement: str, given: Any, context: Any, many: bool) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
            asked[statement] = given[0] if many else given

    event.listen(made, "before_cursor_execute", listen)
    try:
        yield found
    finally:
        event.remove(made, "before_cursor_execute", listen)
    is_sqlite = made.dialect.name == "sqlite"
    with made.connect() as connection:
        if not is_sqlite:
            connection.exec_driver_sql("SET enable_seqscan = off")
        for statement, given in asked.items():
            explain = "EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN "
            plan = connection.exec_driver_sql(explain + statement, given)
            found += [f"{row[-1]}: {statement}" for row in plan if WHOLE.search(str(row[-1]).strip())]


def test_admitting_claiming_keeping_and_ending_jobs_reads_none_but_those_concerned() -> None:
    put_batch(30)
    with writing() as connection:
        set_budget(connection, TENANT, Period.DAY, 1_000_000)
    with whole_reads() as found:
        held = [fence(admitted.job_id) for admitted in send()]
        take(held)
        with writing() as connection:
            renew(connection, held, holder=ME, lease_ms=LEASE_MS, now=clock(connection))
        complete(*held[:5])
        for one in held[5:7]:
            end_badly(one, retry_in_ms=1)
        end_badly(held[7])
        send()
    assert not found, found


def test_a_budget_counts_what_is_in_flight_by_looking_at_that_alone() -> None:
    put_batch(3, model="openai/gpt-5-mini", estimated_micro=10)
    with writing() as connection:
        set_budget(connection, TENANT, Period.DAY, 1_000_000)
    with whole_reads() as found:
        assert send()
    assert not found, found


def test_a_sweep_reads_none_but_what_is_open() -> None:
    put_batch(3, channels=["log:x"])
    held = [fence(admitted.job_id) for admitted in send()]
    take(held)
    complete(*held)
    with whole_reads() as found, writing() as connection:
        assert take_turn(connection, every_ms=1, grace_ms=1)
        sweep(connection)
        take_overdue(connection, older_than_ms=0, lease_ms=LEASE_MS)
    assert not found, found


def test_asking_what_holds_up_a_batch_reads_none_of_its_members_that_have_ended() -> None:
    batch_id = put_batch(3)
    with whole_reads() as found, reading() as connection:
        assert waiting_member(connection, TENANT, batch_id)
    assert not found, found


def test_a_dedup_key_is_looked_up_and_not_searched_for() -> None:
    put(dedup_key="a")
    held = [fence(admitted.job_id) for admitted in send()]
    take(held)
    end_badly(held[0])
    with whole_reads() as found:
        put(dedup_key="b")
        put(dedup_key="b")
        with writing() as connection:
            assert retry_jobs(connection, TENANT, [held[0].job_id]) == 1
    assert not found, found


def test_a_batch_is_read_without_reading_what_else_its_tenant_has() -> None:
    batch_id = put_batch(3)
    with whole_reads() as found, reading() as connection:
        assert len(list_members(connection, TENANT, batch_id)) == 3
        assert len(list_results(connection, TENANT, batch_id)) == 3
        assert not list_members(connection, "another", batch_id)
    assert not found, found
