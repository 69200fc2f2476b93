"""A worker's memory after many jobs and after five times as many: it should not have grown."""

from __future__ import annotations

from bench.ground import OURS, ground, side, speak, until, workers
from bench.rounds import load

MANY_TIMES = 5


def growth(kind: str, jobs: int) -> dict[str, object]:
    """The larger worker's resident memory in MB at a fifth of `jobs` and at the end."""
    with ground(kind):
        measured = side("bench.memory", "gristmill", jobs)
    ratio = round(measured["at_end_mb"] / measured["at_fifth_mb"], 2)
    told = {"bench": "worker_memory", "database": kind, "jobs": jobs, **measured}
    return told | {"ratio": ratio, "bar": "ratio <= 1.1", "load": load()}


def gristmill_side(jobs: int) -> dict[str, float]:
    """Batches of a fifth each, one after the other, through the same two processes."""
    import bench.trivial  # noqa: F401 - registers the analysis
    from pipelines import analyze_many

    with workers(*OURS) as process:
        rss_mb = []
        for part in range(MANY_TIMES):
            texts = (f"It is great {part} {number}" for number in range(jobs // MANY_TIMES))
            batch = analyze_many("bench.trivial", texts).submit()
            assert until(lambda: batch.outcome is not None)  # noqa: B023 - awaited before the next
            rss_mb.append(round(max(child.memory_info().rss for child in process.children()) / 1e6, 1))
        return {"at_fifth_mb": rss_mb[0], "at_end_mb": rss_mb[-1]}


if __name__ == "__main__":
    speak({"gristmill": gristmill_side})
