"""Migrations, on both databases: from empty to the newest, and no difference to the tables in code."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

from models.database import engine
from models.migrate import is_current, migrate
from models.schema import metadata


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


@pytest.mark.parametrize("index", ["ix_jobs_lane", "ix_jobs_leased", "ix_jobs_due", "ix_jobs_gated"])
def test_the_hot_indexes_hold_only_the_rows_they_serve(database_url: str, index: str) -> None:
    found = {row["name"]: row for row in inspect(engine()).get_indexes("jobs")}
    condition = str(found[index]["dialect_options"][f"{engine().dialect.name}_where"])
    assert condition.strip()
