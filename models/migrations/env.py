"""Alembic's environment: the engine and the tables are the product's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic import context
from sqlalchemy import Connection

from models.database import engine
from models.schema import metadata


@contextmanager
def _references_may_break(connection: Connection) -> Iterator[None]:
    """SQLite changes a table by making it anew, and while the old one is gone nothing can refer to it."""
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


def _online() -> None:
    with engine().connect() as connection, _references_may_break(connection):
        context.configure(
            connection=connection,
            target_metadata=metadata,
            render_as_batch=True,  # SQLite changes a table by making it anew
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()


_online()
