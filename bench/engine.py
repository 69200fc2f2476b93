"""Finished four-step jobs per second, each ending in a row: ours, raw dramatiq's and BullMQ's flows'."""

from __future__ import annotations

import time
import uuid
from functools import partial

from bench import peers
from bench.ground import OURS, PROCESSES, percentiles, rows_of, side, speak, timed, until, workers
from bench.rounds import compare

ALONE = 100  # single jobs on an idle engine


def throughput(kind: str, jobs: int, rounds: int) -> dict[str, object]:
    """Each side has two worker processes, of eight threads, on one Valkey and a database."""
    sides = {
        "gristmill": partial(side, "bench.engine", "gristmill", jobs),
        "raw_dramatiq": partial(side, "bench.engine", "raw", jobs),
        "bullmq": partial(_bullmq, jobs),
    }
    bar = "raw_dramatiq >= 1.0"
    return compare("four_step_jobs", kind, sides, rounds, "jobs_per_s", bar, jobs=jobs)


def gristmill_side(jobs: int) -> dict[str, float]:
    """A batch of trivial four-step jobs, then single ones on an idle engine."""
    import bench.trivial  # noqa: F401 - registers the analysis
    from pipelines import analyze, analyze_many

    def one(text: str) -> None:
        analyze("bench.trivial", {"text": text}).submit().wait(30)

    def all_of_them() -> None:
        texts = (f"It is great {number}" for number in range(jobs))
        batch = analyze_many("bench.trivial", texts).submit()
        assert until(lambda: batch.outcome is not None)

    with workers(*OURS) as process:
        one("warm up")
        result = timed(process, all_of_them, jobs)
        took_ms = []
        for number in range(min(ALONE, jobs)):
            start = time.perf_counter()
            one(f"alone {number}")
            took_ms.append((time.perf_counter() - start) * 1000)
            time.sleep(0.02)
        rss_mb = max(child.memory_info().rss for child in process.children()) / 1e6
        return (
            result
            | {f"idle_{name}": value for name, value in percentiles(took_ms).items()}
            | {"worker_rss_mb": rss_mb}
        )


def raw_side(jobs: int) -> dict[str, float]:
    """The same number of raw dramatiq pipelines, each ending in one row of the same database."""
    from sqlalchemy import text

    import bench.raw as raw
    from models.database import engine

    rows = partial(rows_of, "raw_rows")

    def all_of_them(expected: int) -> None:
        raw.submit([uuid.uuid4().hex for _ in range(jobs)])
        assert until(lambda: rows() >= expected)

    with engine().begin() as connection:
        connection.execute(text(raw.TABLE))
    with workers("bench.raw") as process:
        return timed(process, partial(all_of_them, rows() + jobs), jobs)


def _bullmq(jobs: int) -> dict[str, float]:
    """Flows of four, the third of which writes a row in PostgreSQL."""
    with peers.crew(peers.node("flows.mjs", "worker"), PROCESSES):
        return peers.ask(peers.node("flows.mjs", "chains", str(jobs)))


if __name__ == "__main__":
    speak({"gristmill": gristmill_side, "raw": raw_side})
