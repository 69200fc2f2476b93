"""Lonely jobs: those whose worker died run alone, and no more of them are let through than have a place.

Each worker has a few places (`actors.alone`). Without this gate a job that finds none there would be claimed
and put off again and again, each time with rows in its timeline.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import Connection, func, select

from models.gates import Candidate, Refusal
from models.lanes import IN_FLIGHT
from models.schema import jobs, workers
from settings import get_settings

ALONE = "alone"
PLACES = 2  # beside each worker: suspects are rare, and must not crowd out the others


@dataclass
class LonelyGate:
    """Counts the places and who has one, once somebody asks who would need one."""

    connection: Connection
    now: int
    taken: list[Candidate] = field(default_factory=list)
    _room: int | None = None

    def refusal(self, job: Candidate, now: int) -> Refusal | None:
        if not job.crash_count or len(self.taken) < self._left():
            return None
        reason = "Its worker died, so it is to run alone, and all places for that are taken."
        return Refusal(ALONE, reason, is_own=True)

    def take(self, job: Candidate) -> None:
        if job.crash_count:
            self.taken.append(job)

    def save(self, connection: Connection, admitted: Collection[str], now: int) -> None:
        """Nothing: who has a place is read from the jobs themselves."""

    def _left(self) -> int:
        if self._room is None:
            alone = select(func.count()).select_from(jobs).where(IN_FLIGHT, jobs.c.crash_count > 0)
            alive = workers.c.seen_at_ms > self.now - 2 * get_settings().lease_ms
            living = select(func.count()).select_from(workers).where(alive)
            asked = select(alone.scalar_subquery(), living.scalar_subquery())
            flying, fleet = self.connection.execute(asked).one()
            self._room = PLACES * max(fleet, 1) - flying
        return self._room
