"""The connection to the truth: one engine per process, the database's clock, transactions and ids.

SQLite runs in WAL with `BEGIN IMMEDIATE` for everything that writes: a transaction that reads and
then writes under a deferred `BEGIN` can let two workers claim one job.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import orjson
from sqlalchemy import Connection, Engine, Select, create_engine, event, make_url, select, text
from sqlalchemy.exc import OperationalError

from settings import get_settings

SQLITE_SETUP = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    "PRAGMA busy_timeout=30000",
    "PRAGMA foreign_keys=ON",
)


CLOCK = {
    "sqlite": text("SELECT CAST((julianday('now') - 2440587.5) * 86400000.0 AS INTEGER)"),
    "postgresql": text("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)"),
}

POSTGRESQL_SETUP = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,  # ms: a silent network must not hold the one writing thread for long
}
DEADLOCK_TRIES = 4
VICTIM = ("40P01", "40001")  # PostgreSQL's codes: deadlock detected, serialization failure
T = TypeVar("T")

conclusions: list[Callable[[Connection], None]] = []
"""What ends every writing transaction, after its block: see `models.batches.note_ended`."""


def clock(connection: Connection) -> int:
    """The database's time in milliseconds since 1970; no other clock decides anything."""
    return int(connection.execute(CLOCK[connection.dialect.name]).scalar_one())


def engine() -> Engine:
    """This process's engine (a forked child gets one of its own)."""
    return _engine(get_settings().sql_url, os.getpid())


@cache
def _engine(url: str, pid: int) -> Engine:
    made = create_engine(
        url,
        json_serializer=lambda value: orjson.dumps(value).decode(),
        json_deserializer=orjson.loads,
        pool_size=8,
        max_overflow=64,
        pool_pre_ping=not url.startswith("sqlite"),
        hide_parameters=True,  # an error's text must hold no content
        connect_args={}
        if url.startswith("sqlite")
        else POSTGRESQL_SETUP | {"options": _session_options(url)},
    )
    if made.dialect.name == "sqlite":
        event.listen(made, "connect", _set_up_sqlite)
        event.listen(made, "begin", _begin_sqlite)
    else:
        event.listen(made, "after_cursor_execute", _be_heard)
    return made


def _session_options(url: str) -> str:
    """PostgreSQL ends a transaction whose process went silent for a lease's time in the middle of it.

    Such a process (stopped, or cut off) would else keep its locks, admission's among them, for hours.
    """
    given = make_url(url).query.get("options", "")
    return f"{given} -c idle_in_transaction_session_timeout={get_settings().lease_ms}".strip()


def _be_heard(
    connection: Connection, cursor: Any, statement: str, parameters: Any, context: Any, is_many: bool
) -> None:
    """Say something after a bulk statement, so that PostgreSQL counts our silence from here.

    Psycopg ends a bulk statement with a Flush, and on that PostgreSQL stops counting: a process stopped
    just then kept its locks for ever (measured: 7 of 40 stops under load brought the fleet to a stand).
    """
    dbapi: Any = connection.dialect.dbapi
    if is_many:
        with suppress(dbapi.Error):  # if it is away, the next statement says so in the usual way
            cursor.connection.execute("")


def _set_up_sqlite(connection: Any, record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    for statement in SQLITE_SETUP:
        connection.execute(statement)


def _begin_sqlite(connection: Connection) -> None:
    reads = connection.get_execution_options().get("reads_only", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


@contextmanager
def writing() -> Iterator[Connection]:
    """A transaction that may write; commits when the block ends well, else nothing happened."""
    with _turn(get_settings().sql_url, os.getpid()), engine().begin() as connection:
        connection.info.clear()
        yield connection
        _conclude(connection)


def _conclude(connection: Connection) -> None:
    for conclusion in conclusions:
        conclusion(connection)


@cache
def _turn(url: str, pid: int) -> AbstractContextManager[object]:
    """What writers wait at: nothing for PostgreSQL, a file lock beside the database for SQLite."""
    database = make_url(url).database
    if not url.startswith("sqlite") or not database:
        return nullcontext()
    return WriterTurn(Path(f"{database}-turn"))


class WriterTurn:
    """One SQLite writer at a time over all processes and threads, woken in the moment it is their turn.

    SQLite itself lets a second writer sleep and try again, up to 100 ms at a time, so that two busy
    processes idle most of the time (measured: 280 jobs a second without this, over 600 with it).
    """

    def __init__(self, path: Path) -> None:
        self._threads = threading.Lock()
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def __enter__(self) -> None:
        self._threads.acquire()
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX)
        except BaseException:
            self._threads.release()
            raise

    def __exit__(self, *_: object) -> None:
        fcntl.flock(self._handle, fcntl.LOCK_UN)
        self._threads.release()


class Writer:
    """A connection kept for many short transactions, for a thread that does little else."""

    def __init__(self) -> None:
        self._connection: Connection | None = None

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """As `writing`, without asking the pool; after a failure the next one connects anew."""
        with _turn(get_settings().sql_url, os.getpid()):
            try:
                if self._connection is None or self._connection.engine is not engine():
                    self._connection = engine().connect()
                with self._connection.begin():
                    self._connection.info.clear()
                    yield self._connection
                    _conclude(self._connection)
            except BaseException:
                if self._connection is not None:
                    self._connection.close()
                    self._connection = None
                raise


def once(found: Select[tuple[str]]) -> Select[tuple[str]]:
    """The ids that `found` gives, for `id IN (…)`, looked for once.

    PostgreSQL may plan a subquery to run again for each row of the other side; one that skips locked rows
    and has a limit then finds others each time, so that more are changed than the limit allows.
    """
    return select(found.cte("found").c.id)


def transact(body: Callable[[Connection], T]) -> T:
    """`body` in a transaction of its own; again if the database chose it to end a deadlock.

    Raises what `body` raises, and OperationalError if the database stays away.
    """
    for tries_left in reversed(range(DEADLOCK_TRIES)):
        try:
            with writing() as connection:
                return body(connection)
        except OperationalError as error:
            if not tries_left or getattr(error.orig, "sqlstate", None) not in VICTIM:
                raise
    raise AssertionError("unreachable")


@contextmanager
def reading() -> Iterator[Connection]:
    """A transaction that only reads, so it holds up no writer."""
    with engine().execution_options(reads_only=True).begin() as connection:
        yield connection


class _Ids:
    """Ids of 26 hexadecimal digits that sort by the time they were made, within one process strictly."""

    def __init__(self) -> None:
        self._last_us = 0
        self._lock = threading.Lock()

    def __call__(self) -> str:
        with self._lock:
            self._last_us = max(self._last_us + 1, time.time_ns() // 1000)
            stamp_us = self._last_us
        return f"{stamp_us:013x}{secrets.randbits(52):013x}"


new_id = _Ids()
