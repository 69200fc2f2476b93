"""A producer that submits jobs until it dies between a commit and the sending of its messages.

`python -m tests.harness.producer NAME`: each submission that returned leaves its job's id in
`accepted.log`. The process kills itself where it is about to send: what was committed has no message.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from typing import Any

import dramatiq
from dramatiq import Broker, Message, Middleware
from sqlalchemy.exc import OperationalError

import tests.harness.trivial  # noqa: F401 - registers the analysis
from pipelines import analyze
from settings import get_settings
from tests.harness.traces import ACCEPTED, TRIVIAL, append

BEFORE_IT_MAY_DIE = 5
AT_MOST = 800
PAUSE_S = 0.02


class Dies(Middleware):
    """kill -9 in the place of a sending."""

    def before_enqueue(self, broker: Broker, message: Message[Any], delay: int | None) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    name, home = sys.argv[1], get_settings().home
    for number in range(AT_MOST):
        if number == BEFORE_IT_MAY_DIE:
            dramatiq.get_broker().add_middleware(Dies())
        time.sleep(PAUSE_S)
        with contextlib.suppress(OperationalError):  # the database is away: nobody was told "accepted"
            job = analyze(TRIVIAL, {"text": f"sleep 5; {name} {number}"}, priority="high").submit()
            append(home / ACCEPTED, f"{job.id}\n")


if __name__ == "__main__":
    main()
