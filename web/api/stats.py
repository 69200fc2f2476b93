"""`/v1/stats`: a tenant's figures, from the timestamps of its jobs."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter

from models.counts import counts_by_state
from models.database import reading
from models.reports import ended_by_analysis, throughput, wait_and_run
from web.auth import Viewer
from web.costly import Costly
from web.schemas import AnalysisStats, SpreadOut, Stats, ThroughputOut

router = APIRouter(prefix="/stats", tags=["monitoring"])


known: Costly[Stats] = Costly()  # of each tenant's own jobs every one is read, which may be a million


@router.get("", summary="Read the figures")
def show_stats(caller: Viewer) -> Stats:
    """Counts by state, throughput, waits and runs, error rates. Needs the role viewer."""
    return known.get(caller.tenant_id, lambda: _read(caller.tenant_id))


def _read(tenant: str) -> Stats:
    with reading() as connection:
        counts = counts_by_state(connection, tenant)
        finished = throughput(connection, tenant)
        wait, run = wait_and_run(connection, tenant)
        ended = ended_by_analysis(connection, tenant)
    return Stats.model_validate(
        {
            "jobs": counts,
            "throughput": ThroughputOut(**asdict(finished)),
            "wait": SpreadOut(**asdict(wait)),
            "run": SpreadOut(**asdict(run)),
            "analyses": [_line(name, done, failed) for name, (done, failed) in ended.items()],
        }
    )


def _line(name: str, done: int, failed: int) -> AnalysisStats:
    rate = failed / (done + failed) if done + failed else 0.0
    return AnalysisStats(analysis=name, completed=done, failed=failed, error_rate=rate)
