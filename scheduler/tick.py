"""The tick: once a minute periodiq sends it, and a worker does what is due by then."""

from __future__ import annotations

import dramatiq
from periodiq import PeriodiqMiddleware, cron

from scheduler.sweep import sweep_once

SKIP_DELAY_S = 3_600  # a late tick still ticks: what is due is decided in the database, not by its age

dramatiq.get_broker().add_middleware(PeriodiqMiddleware(skip_delay=SKIP_DELAY_S))


@dramatiq.actor(actor_name="tick", queue_name="tick", periodic=cron("* * * * *"))
def tick() -> None:
    """Sweep, in case no worker's own sweep is alive."""
    sweep_once()
