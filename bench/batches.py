"""A batch of no-ops until it is complete: ours, Celery's chord, dramatiq's group and BullMQ's fan-in.

The others' members leave no row behind; only their callback does. Ours each store an answer.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from bench import peers
from bench.ground import OURS, PROCESSES, THREADS, Missing, ground, rows_of, side, speak, until, workers
from bench.rounds import compare

FAILING = 0.05
PATIENCE_S = 20  # a peer that has not completed by then does not


def completion(kind: str, members: int, rounds: int) -> dict[str, object]:
    """Members per second, from before the submission until the outcome, or the callback's row, is there."""
    sides = {name: partial(run, members, 0) for name, run in RUNS.items()}
    bar = "celery_chord >= 1.0, dramatiq_group >= 1.0"
    return compare("batch", kind, sides, rounds, "members_per_s", bar, members=members)


def with_failures(kind: str, members: int) -> dict[str, object]:
    """The same with one in twenty failing for good: does the batch complete, and how fast?"""
    completed: dict[str, object] = {}
    with ground(kind):
        for name, run in RUNS.items():
            try:
                took = run(members, int(members * FAILING))["s"]
                completed[name] = f"no, not in {PATIENCE_S} s" if took is None else round(took, 2)
            except Missing as reason:
                completed[name] = f"left out: {reason}"
    return {
        "bench": "batch_with_5_percent_failing",
        "database": kind,
        "members": members,
        "completed_s": completed,
        "bar": "gristmill completes",
    }


def gristmill_side(members: int, failing: int) -> dict[str, float | None]:
    """A batch, submitted and awaited as a user would."""
    import bench.trivial  # noqa: F401 - registers the analysis
    from pipelines import analyze, analyze_many

    with workers(*OURS):
        analyze("bench.trivial", {"text": "warm up"}).submit().wait(30)
        start = time.perf_counter()
        texts = (f"{'fail' if number < failing else 'ok'} {number}" for number in range(members))
        batch = analyze_many("bench.trivial", texts).submit()
        assert until(lambda: batch.outcome is not None)
        took_s = time.perf_counter() - start
        assert batch.counts.failed == failing
        return _told(took_s, members)


def group_side(members: int, failing: int) -> dict[str, float | None]:
    """A dramatiq group with a completion callback that writes one row of the same database."""
    from sqlalchemy import text

    import bench.raw_group as raw
    from models.database import engine

    rows = partial(rows_of, "raw_groups")

    with engine().begin() as connection:
        connection.execute(text(raw.TABLE))
    with workers("bench.raw_group"):
        raw.submit(10, 0)
        assert until(lambda: rows() > 0, 30)
        before, start = rows(), time.perf_counter()
        raw.submit(members, failing)
        done = until(lambda: rows() > before, PATIENCE_S)
        return _told(time.perf_counter() - start if done else None, members)


def _told(took_s: float | None, members: int) -> dict[str, float | None]:
    return {"s": took_s, "members_per_s": members / took_s if took_s else None}


def _celery(members: int, failing: int) -> dict[str, float | None]:
    worker = peers.python("celery", "-A", "chord", "worker", "--pool", "threads", "-c", str(THREADS))
    with peers.crew([*worker, "--loglevel", "CRITICAL"], PROCESSES):
        asked = peers.ask(peers.python("python", "chord.py", str(members), str(failing), str(PATIENCE_S)))
    return _told(asked["s"], members)


def _bullmq(members: int, failing: int) -> dict[str, float | None]:
    with peers.crew(peers.node("flows.mjs", "worker"), PROCESSES):
        asked = peers.ask(peers.node("flows.mjs", "fan", str(members), str(failing), str(PATIENCE_S)))
    return _told(asked["s"], members)


RUNS: dict[str, Callable[[int, int], dict[str, Any]]] = {
    "gristmill": partial(side, "bench.batches", "gristmill"),
    "celery_chord": _celery,
    "dramatiq_group": partial(side, "bench.batches", "group"),
    "bullmq": _bullmq,
}

if __name__ == "__main__":
    speak({"gristmill": gristmill_side, "group": group_side})
