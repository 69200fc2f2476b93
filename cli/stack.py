"""The stack under a one-shot command: a migrated database, a broker that answers, and living workers.

`with Stack(settings) as stack:` uses the workers that are there (of `gristmill up`, of another command,
of the fleet), else runs its own for the duration, with an embedded Valkey where no Redis is named.
Whoever waits calls `stack.tend()` in between: it starts again what died, also what another command
had started and took away with it when it ended.
"""

from __future__ import annotations

import fcntl
import os
import socket
import time
from contextlib import suppress
from types import TracebackType
from typing import Any

from cli import broker
from cli.children import tail, worker_child
from cli.embedded import EmbeddedValkey
from cli.problems import Unusable
from cli.supervisor import Supervisor, Tell
from settings import Settings, masked

LOOK_EVERY_S = 1.0
MOST_QUICK_DEATHS = 3  # workers that die so often right after their start will not get better by themselves


class Stack:
    """See the module. Enter and leave it in the main thread."""

    def __init__(self, settings: Settings, tell: Tell) -> None:
        self.settings = settings
        self.valkey = EmbeddedValkey(settings) if settings.embeds_valkey else None
        self._supervisor = Supervisor([], tell)
        self._looked_s = 0.0

    def __enter__(self) -> Stack:
        """Raises Unusable if the database or the broker cannot be used."""
        try:
            prepare(self.settings)
            self.tend()
        except BaseException:
            self._supervisor.kill()
            if self.valkey:
                self.valkey.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._supervisor.stop()
        finally:
            self._supervisor.kill()
            if self.valkey:
                self.valkey.stop()

    @property
    def has_own_workers(self) -> bool:
        return bool(self._supervisor.children)

    def tend(self) -> None:
        """See that broker and workers are there; cheap enough for every turn of a loop.

        Raises Unusable if they cannot be brought up.
        """
        if time.monotonic() - self._looked_s < LOOK_EVERY_S:
            return
        if self.valkey:
            self.valkey.ensure()
        if self.has_own_workers:
            self._supervisor.tend()
            self._give_up_on_the_hopeless()
        elif not living_workers(self.settings):
            home = self.settings.home
            sizes = (self.settings.worker_processes, self.settings.worker_concurrency)
            self._supervisor.add(worker_child(*sizes, home / "logs"))
        self._looked_s = time.monotonic()

    def _give_up_on_the_hopeless(self) -> None:
        for child in self._supervisor.children:
            if child.quick_deaths >= MOST_QUICK_DEATHS:
                said = tail(child.log) if child.log else ""
                raise Unusable(f"The {child.name} does not stay up; {child.log} ends with:\n{said}")


def prepare(settings: Settings) -> None:
    """A home, a migrated database, and a named broker that is fit for work. Raises Unusable."""
    make_home(settings)
    migrate_once(settings)
    if not settings.embeds_valkey:
        broker.require_safe(settings)


def make_home(settings: Settings) -> None:
    """The home folder, readable by its owner only. Raises Unusable."""
    try:
        settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise Unusable(f"GRISTMILL_HOME {settings.home} cannot be made: {error.strerror}.") from None


def migrate_once(settings: Settings) -> None:
    """Bring the database to the present schema; commands of one home that start together take turns."""
    from alembic.util.exc import CommandError
    from sqlalchemy.exc import SQLAlchemyError

    from cli.problems import reason
    from models.migrate import migrate

    url = masked(settings.sql_url)
    _keep_to_owner(settings)
    with (settings.home / "migrate.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            migrate()
        except SQLAlchemyError as error:
            raise Unusable(f"The database {url} cannot be used: {reason(error)}.") from None
        except CommandError:
            raise Unusable(f"The schema of {url} is newer than this Gristmill; upgrade Gristmill.") from None


def _keep_to_owner(settings: Settings) -> None:
    """Make SQLite's file ourselves: it would follow the umask, and all contents are in it."""
    from sqlalchemy import make_url

    file = make_url(settings.sql_url).database
    if settings.sql_url.startswith("sqlite") and file:
        with suppress(OSError):  # what is wrong with the place, the migration says
            os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))


def living_workers(settings: Settings) -> list[Any]:
    """The workers that can take this command's jobs; those of this host that were killed do not count."""
    from models.database import clock, reading
    from models.fleet import living

    with reading() as connection:
        rows = living(connection, since_ms=clock(connection) - 2 * settings.lease_ms)
    return [row for row in rows if _reachable(row, settings)]


def _reachable(row: Any, settings: Settings) -> bool:
    if row.host != socket.gethostname():
        return not settings.embeds_valkey  # others cannot be at our socket
    with suppress(PermissionError):
        try:
            os.kill(row.pid, 0)
        except ProcessLookupError:
            return False
    return True
