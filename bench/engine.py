"""Throughput, CPU and memory of the engine, as ratios to a raw dramatiq pipeline in one run.

Each round runs both sides, one after the other, with two worker processes each, on one Valkey and one
database, so what else the machine does falls on both. Medians of the rounds are reported.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
import uuid
from functools import partial

from bench.ground import ROOT, ground, percentiles, timed, workers

ALONE = 100  # single jobs on an idle engine


def compare(kind: str, jobs: int, rounds: int) -> dict[str, object]:
    """Both sides' medians, and the median of the rounds' ratios of finished jobs per second."""
    with ground(kind):
        runs = [{side: _in_own_process(side, jobs) for side in SIDES} for _ in range(rounds)]
    medians = {
        side: {key: round(statistics.median(run[side][key] for run in runs), 2) for key in runs[0][side]}
        for side in SIDES
    }
    ratios = [run["gristmill"]["jobs_per_s"] / run["raw"]["jobs_per_s"] for run in runs]
    ratio = round(statistics.median(ratios), 2)
    return {"bench": "engine", "database": kind, "jobs": jobs, "rounds": rounds, **medians, "ratio": ratio}


def gristmill_side(jobs: int) -> dict[str, float]:
    """A batch of trivial four-step jobs, then single ones on an idle engine."""
    import bench.trivial  # noqa: F401 - registers the analysis
    from pipelines import analyze, analyze_many

    def one(text: str) -> None:
        analyze("bench.trivial", {"text": text}).submit().wait(30)

    def all_of_them() -> None:
        analyze_many("bench.trivial", [f"It is great {number}" for number in range(jobs)]).submit().wait(600)

    with workers("actors", "pipelines", "scheduler", "bench.trivial") as process:
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

    def rows() -> int:
        with engine().connect() as connection:
            return int(connection.execute(text("SELECT count(*) FROM raw_rows")).scalar_one())

    def all_of_them(expected: int) -> None:
        raw.submit([uuid.uuid4().hex for _ in range(jobs)])
        while rows() < expected:
            time.sleep(0.02)

    with engine().begin() as connection:
        connection.execute(text(raw.TABLE))
    with workers("bench.raw") as process:
        return timed(process, partial(all_of_them, rows() + jobs), jobs)


SIDES = {"gristmill": gristmill_side, "raw": raw_side}


def _in_own_process(side: str, jobs: int) -> dict[str, float]:
    """So that neither side sees the other's broker."""
    command = [sys.executable, "-m", "bench.engine", side, str(jobs)]
    out = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if out.returncode:
        sys.exit(out.stderr)
    result: dict[str, float] = json.loads(out.stdout.splitlines()[-1])
    return result


if __name__ == "__main__":
    print(json.dumps(SIDES[sys.argv[1]](int(sys.argv[2]))))
