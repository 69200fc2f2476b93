"""The doctor's checks that ask the database; each opens a connection of its own, with a short time-out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from cli.problems import WrongUsage, reason
from cli.ready import check_database_url
from cli.verdict import Check
from settings import Settings, masked

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

CONNECT_WITHIN_S = 3
MOST_DIFFERENCE_MS = 2_000
MIGRATE = "Run `gristmill migrate`; every command that works does it by itself."


class NotThere(Exception):
    """No database answers, or not with our tables; the text says why."""


def check_database(settings: Settings) -> Check:
    """The database answers and has the present schema."""
    url = masked(settings.sql_url)
    try:
        with _connected(settings) as connection:
            revision, head = _revisions(connection)
    except NotThere as why:
        if settings.is_sqlite and "not made yet" in str(why):
            return Check("database", True, f"SQLite, made at the first use, {url}")
        fix = "Start it, or correct DATABASE_URL; unset it to use SQLite under GRISTMILL_HOME."
        return Check("database", False, f"{url}: {why}", fix)
    kind = "SQLite" if settings.is_sqlite else "PostgreSQL"
    if revision != head:
        return Check(
            "database", False, f"{kind} {url}: its schema is {revision or 'empty'}, not {head}", MIGRATE
        )
    return Check("database", True, f"{kind}, schema {revision}, {url}")


def check_clock(settings: Settings) -> Check:
    """The database's clock, which decides everything, and this machine's agree."""
    from models.database import clock

    try:
        with _connected(settings) as connection:
            difference_ms = clock(connection) - time.time() * 1000
    except NotThere:
        return Check("clock", True, "unknown without a database", required=False)
    message = f"{abs(difference_ms):.0f} ms between the database and this machine"
    fix = "Let both follow NTP; times shown may be off, but only the database's clock decides."
    return Check("clock", abs(difference_ms) < MOST_DIFFERENCE_MS, message, fix, required=False)


def check_workers(settings: Settings) -> Check:
    """Workers were heard of lately."""
    from models.database import clock
    from models.fleet import living

    fix = "`gristmill up` starts some; one-shot commands bring their own."
    try:
        with _connected(settings) as connection:
            rows = living(connection, since_ms=clock(connection) - 2 * settings.lease_ms)
    except NotThere:
        return Check("workers", False, "unknown without a database", fix, required=False)
    threads = sum(row.threads for row in rows)
    message = f"{len(rows)} alive, {threads} threads" if rows else "none alive"
    return Check("workers", bool(rows), message, fix, required=False)


@contextmanager
def _connected(settings: Settings) -> Iterator[Connection]:
    """A connection that reads. Raises NotThere."""
    from sqlalchemy.exc import SQLAlchemyError

    try:
        check_database_url(settings)
    except WrongUsage as error:
        raise NotThere(error.message) from None
    if settings.is_sqlite and not _sqlite_exists(settings):
        raise NotThere("it is not made yet")
    try:
        with _engine(settings).connect() as connection:
            yield connection
    except SQLAlchemyError as error:
        raise NotThere(reason(error)) from None


def _sqlite_exists(settings: Settings) -> bool:
    from pathlib import Path

    from sqlalchemy import make_url

    path = make_url(settings.sql_url).database
    return path is not None and Path(path).exists()


@cache
def _engine(settings: Settings) -> Engine:
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    limits = {"timeout": CONNECT_WITHIN_S} if settings.is_sqlite else {"connect_timeout": CONNECT_WITHIN_S}
    return create_engine(settings.sql_url, connect_args=limits, poolclass=NullPool)


def _revisions(connection: Connection) -> tuple[str | None, str | None]:
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    from models.migrate import SCRIPTS

    present = MigrationContext.configure(connection).get_current_revision()
    return present, ScriptDirectory(str(SCRIPTS)).get_current_head()
