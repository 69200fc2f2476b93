"""Alembic's environment: the engine and the tables are the product's own."""

from __future__ import annotations

from alembic import context

from models.database import engine
from models.schema import metadata


def _online() -> None:
    with engine().connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            render_as_batch=True,  # SQLite changes a table by making it anew
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()


_online()
