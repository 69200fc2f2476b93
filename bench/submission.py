"""Submitting many jobs with their rows: ours, and procrastinate's bulk defer on PostgreSQL."""

from __future__ import annotations

import time
from functools import partial

from bench import peers
from bench.ground import side, speak
from bench.rounds import compare


def submitting(kind: str, jobs: int, rounds: int) -> dict[str, object]:
    """Jobs submitted per second; no worker runs meanwhile on either side."""
    sides = {
        "gristmill": partial(side, "bench.submission", "gristmill", jobs),
        "procrastinate": partial(_procrastinate, jobs),
    }
    return compare("submission", kind, sides, rounds, "jobs_per_s", "procrastinate >= 1.0", jobs=jobs)


def gristmill_side(jobs: int) -> dict[str, float]:
    """One batch: each row becomes a content, a job and an entry of the timeline."""
    import bench.trivial  # noqa: F401 - registers the analysis
    from pipelines import analyze, analyze_many

    analyze("bench.trivial", {"text": "warm up"}).submit()
    start = time.perf_counter()
    analyze_many("bench.trivial", (f"It is great {number}" for number in range(jobs))).submit()
    return {"jobs_per_s": jobs / (time.perf_counter() - start)}


def _procrastinate(jobs: int) -> dict[str, float]:
    return peers.ask(peers.python("python", "defer.py", str(jobs)))


if __name__ == "__main__":
    speak({"gristmill": gristmill_side})
