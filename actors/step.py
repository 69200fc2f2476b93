"""What a step is: a plain function of the work at hand, made a durable dramatiq actor.

    @step
    def fetch(work: Work) -> None: ...

The actor takes (job id, generation), as every message of ours does, and its name is its module's
and its queue's. Only errors of our tree leave a step, so no log line or user ever sees content.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

import dramatiq
import structlog

from actors.interrupts import Stopped
from actors.work import Lost, Work, desk
from errors import Cancelled, GristmillError, classify
from models.claims import Fence

log = structlog.get_logger(__name__)


def step(function: Callable[[Work], None]) -> dramatiq.Actor[[str, int], None]:
    """Declare a step. Its job is claimed before it runs; what it raises decides about a retry."""

    def run(job_id: str, generation: int) -> None:
        work = desk.get(Fence(job_id, generation))
        if work is None:
            raise Lost("This process does not hold the job.")
        work.step = function.__name__
        work.check()
        try:
            with work.own_code.open():
                function(work)
        except GristmillError:
            raise
        except Stopped:
            raise Cancelled("Cancelled while it ran.") from None
        except Exception as error:  # noqa: BLE001 - foreign texts may hold content
            log.error("step broke", job_id=job_id, step=work.step, where=_where(error))
            raise classify(error) from None

    run.__doc__, run.__module__ = function.__doc__, function.__module__
    declare = dramatiq.actor(
        actor_name=function.__name__,
        queue_name=function.__name__,
        durable=True,
        pipe_ignore=True,
        throws=GristmillError,
    )
    return declare(run)


def is_durable(broker: dramatiq.Broker, message: Any) -> bool:
    return bool(broker.get_actor(message.actor_name).options.get("durable"))


def fence_of(message: Any) -> Fence:
    return Fence(message.args[0], message.args[1])


def _where(error: BaseException) -> str:
    """The type and the innermost frames: enough to mend it, and nothing of its text."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    return f"{type(error).__name__} at " + " < ".join(f"{f.filename}:{f.lineno}" for f in reversed(frames))
