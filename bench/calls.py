"""Calls of 300 ms to a model, 200 at once in one worker process: how near the limit, and at what CPU.

Both sides run the same four steps and ask through the same client, our `openai` provider; raw dramatiq's
end in one row, ours in a kept reply and an answer.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from functools import partial

from bench.ground import OURS, ROOT, cpu_s, rows_of, side, speak, timed, until, workers
from bench.llm_server import LATENCY_S
from bench.rounds import compare

SLOTS = 200
LIMIT_PER_S = SLOTS / LATENCY_S
PER_JOB = "cpu_ms_per_job"
STILL_S = 15.0


def model_calls(kind: str, calls: int, rounds: int) -> dict[str, object]:
    """Calls per second and CPU per call, over all of `calls`, submission and warm-up included."""
    sides = {
        "gristmill": partial(side, "bench.calls", "gristmill", calls),
        "raw_dramatiq": partial(side, "bench.calls", "raw", calls),
    }
    bar = "share_of_limit >= 0.9, ratio of CPU per call <= 1.0"
    return compare("model_calls", kind, sides, rounds, PER_JOB, bar, calls=calls, slots=SLOTS)


@contextlib.contextmanager
def llm_server() -> Iterator[None]:
    """The waiting server, and an environment that points to it."""
    command = [sys.executable, "-m", "bench.llm_server"]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    base = f"http://127.0.0.1:{server.stdout.readline().strip()}/v1"
    os.environ |= {"OPENAI_BASE_URL": base, "OPENAI_API_KEY": "bench", "LLM_API": "chat"}
    os.environ |= {"FORBID_PAID_CALLS": "true"}
    try:
        yield
    finally:
        server.terminate()
        server.wait()


def gristmill_side(calls: int) -> dict[str, float]:
    """One batch of analyses that ask the model, without the limits that would guard a real one."""
    with llm_server():
        import bench.trivial  # noqa: F401 - registers the analysis
        from models.database import writing
        from models.limits import Change, change_limit
        from pipelines import analyze_many

        with writing() as connection:
            change_limit(connection, "queue", "ai_analysis", Change(concurrency=0, rate=0))

        def all_of_them() -> None:
            texts = (f"It is great {uuid.uuid4().hex}" for _ in range(calls))
            batch = analyze_many("bench.trivial", texts).submit()
            assert until(lambda: batch.outcome is not None)
            assert batch.outcome == "completed", batch.outcome

        with workers(*OURS, processes=1, threads=SLOTS) as process:
            return _told(timed(process, all_of_them, calls))


def raw_side(calls: int) -> dict[str, float]:
    """The same number of raw dramatiq pipelines whose second step asks the model."""
    with llm_server():
        from sqlalchemy import text

        import bench.raw_calls as raw
        from models.database import engine

        rows = partial(rows_of, "raw_rows")

        with engine().begin() as connection:
            connection.execute(text(raw.TABLE))
        with workers("bench.raw_calls", processes=1, threads=SLOTS) as process:
            before, cpu, start = rows(), cpu_s(process), time.perf_counter()
            raw.submit([uuid.uuid4().hex for _ in range(calls)])
            finished, took_s = _until_still(lambda: rows() - before, calls, start)
            per_call_ms = (cpu_s(process) - cpu) / finished * 1000
            return _told({"jobs_per_s": finished / took_s, PER_JOB: per_call_ms}, finished / calls)


def _until_still(finished: Callable[[], int], expected: int, start: float) -> tuple[int, float]:
    """How many have finished, and in how many seconds: all of them, or no more came for `STILL_S`.

    Raw dramatiq loses what it cannot enqueue, and puts off for long what meets a locked database.
    """
    seen, seen_at = 0, time.perf_counter()
    while seen < expected and time.perf_counter() - seen_at < STILL_S:
        time.sleep(0.01)
        if (now := finished()) > seen:
            seen, seen_at = now, time.perf_counter()
    return seen, seen_at - start


def _told(measured: dict[str, float], finished: float = 1.0) -> dict[str, float]:
    return measured | {"share_of_limit": measured["jobs_per_s"] / LIMIT_PER_S, "share_finished": finished}


if __name__ == "__main__":
    speak({"gristmill": gristmill_side, "raw": raw_side})
