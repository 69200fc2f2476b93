"""`gristmill up`: web, workers and scheduler with what they stand on, until a signal ends them all."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING

from cli.banner import banner
from cli.children import Child, scheduler_child, web_child, worker_child
from cli.embedded import EmbeddedValkey
from cli.output import moment
from cli.plan import Plan, require_free
from cli.problems import DONE, Unusable, WrongUsage, reason
from cli.stack import living_workers, prepare
from cli.supervisor import Supervisor
from settings import Settings

if TYPE_CHECKING:
    from sqlalchemy import Connection

LOOK_EVERY_S = 0.2
LOOK_AT_BROKER_EVERY_S = 1.0
STATUS_EVERY_S = 30.0
FIRST_KEY = "first admin key"


def run(settings: Settings, plan: Plan) -> int:
    """Start everything, watch over it, stop it; gives the exit code. Raises WrongUsage, Unusable."""
    if not plan.services:
        raise WrongUsage("There is nothing to run; leave out one of the --no-… options.")
    if plan.web:
        require_free(plan.host, plan.port)
    signals = Signals()
    prepare(settings)
    valkey = EmbeddedValkey(settings) if settings.embeds_valkey else None
    supervisor = Supervisor(_children(settings, plan), say)
    try:
        if valkey:
            valkey.ensure()
        supervisor.start()
        say(banner(settings, processes=plan.processes, threads=plan.threads, services=plan.services))
        _say_key(settings)
        _watch(settings, plan, supervisor, valkey, signals)
        say("Stopping; running jobs finish or are given back. Once more to stop at once.")
        _stop(supervisor, signals)
    finally:
        supervisor.kill()
        if valkey:
            valkey.stop()
    say("Stopped. Nothing is lost: what waits goes on when Gristmill is up again.")
    return DONE


class Signals:
    """Ctrl-C, SIGTERM and a closed terminal, counted: the first asks to stop, the second to stop at once."""

    def __init__(self) -> None:
        self.count = 0
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
                signal.signal(number, self._note)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.count += 1


def say(line: str) -> None:
    """A line on stdout, at once."""
    print(line, flush=True)


def _children(settings: Settings, plan: Plan) -> list[Child]:
    logs = None if plan.logs_here else settings.home / "logs"
    made: dict[str, Callable[[], Child]] = {
        "worker": lambda: worker_child(plan.processes, plan.threads, logs),
        "scheduler": lambda: scheduler_child(logs),
        "web": lambda: web_child(plan.host, plan.port, logs),
    }
    return [make() for name, make in made.items() if name in plan.services]


def _say_key(settings: Settings) -> None:
    """Make the first key if there is none yet; it is shown this once."""
    from models.database import transact
    from models.tenants import DEFAULT_TENANT, create_key, ensure_tenant, has_keys

    def make(connection: Connection) -> str | None:
        ensure_tenant(connection)  # first: of two that start together on PostgreSQL one waits here
        if has_keys(connection):
            return None
        return create_key(connection, tenant_id=DEFAULT_TENANT, name=FIRST_KEY, role="admin")

    key = transact(make)
    if key is not None:
        say(f"Admin key  {key}  (shown only now; `gristmill keys create` makes others)")


def _watch(
    settings: Settings, plan: Plan, supervisor: Supervisor, valkey: EmbeddedValkey | None, signals: Signals
) -> None:
    began_s = looked_s = said_s = time.monotonic()
    ready = False
    while not signals.count:
        now = time.monotonic()
        if valkey and now - looked_s > LOOK_AT_BROKER_EVERY_S:
            looked_s = now
            _keep_up(valkey)
        supervisor.tend()
        if not ready and _is_ready(settings, plan, supervisor):
            ready = True
            where = f": dashboard and API at {plan.address}" if plan.web else ""
            say(f"Ready in {now - began_s:.1f} s{where}")
        if now - said_s > STATUS_EVERY_S:
            said_s = now
            say(status(settings))
        time.sleep(LOOK_EVERY_S)


def _keep_up(valkey: EmbeddedValkey) -> None:
    """Without a broker the work waits in the database; that is no reason to end everything."""
    try:
        if valkey.ensure():
            say("Valkey had ended and was started again; no job is lost by that")
    except Unusable as error:
        say(f"{error.message} It is tried again.")


def _is_ready(settings: Settings, plan: Plan, supervisor: Supervisor) -> bool:
    if not all(child.is_alive for child in supervisor.children):
        return False
    if plan.web and not _listens(plan.host, plan.port):
        return False
    return not plan.worker or _workers_here(settings) >= plan.processes


def _workers_here(settings: Settings) -> int:
    from sqlalchemy.exc import SQLAlchemyError

    try:
        return sum(worker.host == socket.gethostname() for worker in living_workers(settings))
    except SQLAlchemyError:
        return 0  # the workers too wait for the database


def _listens(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=0.5):
            return True
    except OSError:
        return False


def status(settings: Settings) -> str:
    """One line for the whole: how many jobs wait, run, are done, and how many workers are alive."""
    from sqlalchemy.exc import SQLAlchemyError

    from models.database import clock, reading
    from models.overview import fleet_counts

    try:
        with reading() as connection:
            counts, now = fleet_counts(connection), clock(connection)
        workers = len(living_workers(settings))
    except SQLAlchemyError as error:
        return f"status  the database cannot be asked: {reason(error)}"
    waiting = counts["waiting"] + counts["scheduled"] + counts["retrying"]
    return (
        f"{moment(now)}  status  waiting {waiting}  active {counts['running']}  "
        f"completed {counts['completed']}  failed {counts['failed']}  workers {workers}"
    )


def _stop(supervisor: Supervisor, signals: Signals) -> None:
    """In good order, unless a second signal comes."""
    supervisor.stop(urgent=lambda: signals.count > 1)
