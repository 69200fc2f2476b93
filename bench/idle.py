"""One four-step job on an idle engine, from submission until it is seen completed: ours and BullMQ's flow."""

from __future__ import annotations

import time
from functools import partial

from bench import peers
from bench.ground import OURS, PROCESSES, percentiles, side, speak, workers
from bench.rounds import compare

PAUSE_S = 0.02


def latency(kind: str, jobs: int, rounds: int) -> dict[str, object]:
    """p50 and p99 in milliseconds; each side is awaited in the way it offers."""
    sides = {
        "gristmill": partial(side, "bench.idle", "gristmill", jobs),
        "bullmq": partial(_bullmq, jobs),
    }
    return compare("idle_latency", kind, sides, rounds, "p50_ms", "bullmq <= 1.5", jobs=jobs)


def gristmill_side(jobs: int) -> dict[str, float]:
    """Single jobs, each submitted when the one before is done."""
    import bench.trivial  # noqa: F401 - registers the analysis
    from pipelines import analyze

    def one(number: int) -> float:
        start = time.perf_counter()
        analyze("bench.trivial", {"text": f"alone {number}"}).submit().wait(30)
        took_ms = (time.perf_counter() - start) * 1000
        time.sleep(PAUSE_S)
        return took_ms

    with workers(*OURS):
        return percentiles([one(number) for number in range(jobs + 5)][5:])


def _bullmq(jobs: int) -> dict[str, float]:
    """The third step writes its row in PostgreSQL."""
    with peers.crew(peers.node("flows.mjs", "worker"), PROCESSES):
        asked = peers.ask(peers.node("flows.mjs", "idle", str(jobs)))
    return percentiles(asked["took_ms"])


if __name__ == "__main__":
    speak({"gristmill": gristmill_side})
