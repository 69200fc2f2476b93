"""The order of an admission, compared before and after: first in first out, and within every limit."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from sqlalchemy import Connection, select

from models.admission import DUE, Admitted
from models.database import clock
from models.lanes import ELIGIBLE, IN_FLIGHT
from models.limits import Limit, get_limits
from models.schema import jobs


class Order:
    """How things stand before an admission; `check` compares."""

    def __init__(self, connection: Connection, queues: Sequence[str]) -> None:
        self._limits = get_limits(connection, [("queue", queue) for queue in queues])
        self._flying = _in_flight(connection)
        due = DUE & (jobs.c.due_at_ms <= clock(connection))
        first_in = select(*jobs.c).where(ELIGIBLE | due).order_by(jobs.c.due_at_ms, jobs.c.id)
        self._waiting = list(connection.execute(first_in).all())

    def check(
        self, connection: Connection, admitted: Sequence[Admitted], passed: dict[str, list[int]]
    ) -> None:
        """Nobody overtook another in his line, and no limit was passed.

        Those that are to run alone wait for a place, too: others of their line may pass them meanwhile.
        """
        ids = {one.job_id for one in admitted}
        lanes: dict[tuple[int, bool], list[str]] = defaultdict(list)
        for row in self._waiting:
            lanes[row.lane_id, row.crash_count > 0].append(row.id)
        for line in lanes.values():
            served = [job_id for job_id in line if job_id in ids]
            assert served == line[: len(served)], "somebody overtook another in his line"
        queue_of = {row.id: row.queue for row in connection.execute(select(jobs.c.id, jobs.c.queue))}
        more = Counter(queue_of[job_id] for job_id in ids)
        now = clock(connection)
        for (_, queue), limit in self._limits.items():
            self._within(limit, _in_flight(connection)[queue], more[queue])
            _within_rate(limit, passed.setdefault(queue, []), more[queue], now)

    def _within(self, limit: Limit, flying: int, more: int) -> None:
        assert not (limit.paused and more), f"{limit} is paused"
        if limit.concurrency:
            before = self._flying[limit.name]
            assert flying <= max(limit.concurrency, before), f"{flying} are in flight: {limit}"


def _within_rate(limit: Limit, passed: list[int], more: int, now: int) -> None:
    passed += [now] * more
    if limit.rate:
        used = sum(now - limit.period_ms < at_ms <= now for at_ms in passed)
        assert used <= limit.rate, f"{used} in one period: {limit}"


def _in_flight(connection: Connection) -> Counter[str]:
    rows = connection.execute(select(jobs.c.queue).where(IN_FLIGHT)).scalars()
    return Counter(rows)
