"""A sweeper that is slow inside its transactions, so that whoever kills it mostly hits one.

`python -m tests.harness.sweeper`: before each sweep it leaves a `(` in `sweeps.log`, after it a `)`.
"""

from __future__ import annotations

import contextlib
import time

from sqlalchemy.exc import OperationalError

import tests.harness.trivial  # noqa: F401 - registers the analysis
from models.database import conclusions
from scheduler.sweep import sweep_once
from settings import get_settings
from tests.harness.traces import SWEEPS, append

INSIDE_S = 0.03
BETWEEN_S = 0.05


def main() -> None:
    home = get_settings().home
    conclusions.append(lambda _: time.sleep(INSIDE_S))
    while True:
        append(home / SWEEPS, "(")
        with contextlib.suppress(OperationalError):  # the database is away: as a worker's chore, try again
            sweep_once()
        append(home / SWEEPS, ")")
        time.sleep(BETWEEN_S)


if __name__ == "__main__":
    main()
