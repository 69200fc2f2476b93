"""Queues as operators handle them: looked at, paused, resumed and limited while all runs."""

from __future__ import annotations

from sqlalchemy import Connection

from actors.tasks import all_tasks
from analyses import all_analyses
from models import queues
from models.database import transact
from models.limits import Change, Scope
from models.queues import Standing
from pipelines.dispatch import dispatch


def list_standings(connection: Connection) -> list[Standing]:
    """Every queue, and every source, tenant and model that has a limit."""
    found = queues.standings(connection, _known())
    return [one for one in found if one.scope == "queue" or one.concurrency or one.rate or one.paused]


def change_queue(scope: Scope, name: str, change: Change) -> Standing:
    """Change it and let start what may start now. Raises NotFound, InvalidInput."""
    standing = transact(lambda connection: put(connection, scope, name, change))
    dispatch()
    return standing


def put(connection: Connection, scope: Scope, name: str, change: Change) -> Standing:
    """Change it within a transaction; whoever calls lets start what may start then."""
    return queues.change(connection, scope, name, change, _known())


def _known() -> set[str]:
    return {analysis.queue for analysis in all_analyses()} | {task.queue for task in all_tasks()}
