"""Migrations, on both databases: from empty to the newest, and no difference to the tables in code."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from models.admission import admit
from models.database import engine, reading, writing
from models.dead_letters import list_causes
from models.deliveries import take_overdue
from models.migrate import is_current, migrate
from models.schema import metadata

JOB = (
    "INSERT INTO jobs (id, tenant_id, content_id, analysis, pipeline, queue, priority, state, first_step, "
    "step, generation, sends, due_at_ms, failure_count, limit_count, crash_count, max_attempts, timeout_ms, "
    "progress, cancel_requested, channels, created_at_ms) "
    "VALUES ('{}', 't', 'c', 'a', 'analyze', 'q', {}, '{}', 'fetch', "
    "'fetch', 0, 0, 1, 0, 0, 0, 3, 1000, 0, false, '[]', 1)"
)
OF_THE_FIRST_SCHEMA = (
    "INSERT INTO tenants (id, name, created_at_ms) VALUES ('t', 't', 1)",
    "INSERT INTO contents (id, tenant_id, kind, version, body, created_at_ms) "
    "VALUES ('c', 't', 'text', 'v', '{}', 1)",
    JOB.format("j2", 1, "waiting"),
    JOB.format("j1", 0, "waiting"),
    JOB.format("j3", 1, "completed"),
    JOB.format("j4", 1, "failed"),
    JOB.format("j5", 1, "failed"),
    "UPDATE jobs SET error_class = 'internal', finished_at_ms = 1, "
    "error_message = 'Row ' || id || ' is wrong.' WHERE state = 'failed'",
    "INSERT INTO deliveries (id, tenant_id, job_id, event, channel, state, attempts, created_at_ms) "
    "VALUES ('d', 't', 'j3', 'job.completed', 'file:x', 'pending', 0, 1)",
)


def test_migrating_an_empty_database_makes_every_table(empty_database_url: str) -> None:
    assert not is_current()
    migrate()
    assert is_current()
    present = set(inspect(engine()).get_table_names())
    assert present == set(metadata.tables) | {"alembic_version"}


def test_migrating_again_changes_nothing(database_url: str) -> None:
    before = sorted(inspect(engine()).get_table_names())
    migrate()
    assert sorted(inspect(engine()).get_table_names()) == before


def test_the_migrations_lead_to_exactly_the_tables_in_code(database_url: str) -> None:
    with engine().connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_a_database_of_the_first_schema_keeps_its_jobs_and_they_can_be_admitted(
    empty_database_url: str,
) -> None:
    migrate("0001")
    with writing() as connection:
        for statement in OF_THE_FIRST_SCHEMA:
            connection.execute(text(statement))
    migrate()
    assert is_current()
    with reading() as connection:
        assert [cause.count for cause in list_causes(connection, "t")] == [2]
    with writing() as connection:
        admitted = admit(connection, lease_ms=15_000, worker_alive_ms=30_000).admitted
        owed = take_overdue(connection, older_than_ms=0, lease_ms=1)
    assert ([a.job_id for a in admitted], owed) == (["j1", "j2"], ["j3"])


@pytest.mark.parametrize("index", ["ix_jobs_lane", "ix_jobs_leased", "ix_jobs_due", "ix_jobs_open_members"])
def test_the_hot_indexes_hold_only_the_rows_they_serve(database_url: str, index: str) -> None:
    found = {row["name"]: row for row in inspect(engine()).get_indexes("jobs")}
    condition = str(found[index]["dialect_options"][f"{engine().dialect.name}_where"])
    assert condition.strip()
