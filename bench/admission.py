"""Admitting the next hundred jobs behind a short and a long backlog; and what a backlog costs Redis."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence

from bench.ground import ground
from bench.rounds import load

SHORT, LONG = 1_000, 100_000
EACH = 100  # jobs admitted at a time
CHUNK = 1_000


def backlog(kind: str, long: int = LONG, rounds: int = 9) -> dict[str, object]:
    """Milliseconds to admit 100 jobs behind each backlog, their ratio, and Redis's bytes before and after."""
    with ground(kind):
        import redis

        from settings import get_settings

        client = redis.Redis.from_url(get_settings().broker_url)
        before = int(client.info("memory")["used_memory_dataset"])
        _submit(SHORT)
        short_ms = _admissions(rounds)
        _submit(long - SHORT)
        long_ms = _admissions(rounds)
        after = int(client.info("memory")["used_memory_dataset"])
    ratio = statistics.median(long_ms) / statistics.median(short_ms)
    return {
        "bench": "admission",
        "database": kind,
        "backlogs": [SHORT, long],
        "admit_100_ms": [round(statistics.median(one), 2) for one in (short_ms, long_ms)],
        "ratio": round(ratio, 2),
        "redis_bytes_added": after - before,
        "bar": "ratio <= 1.5",
        "load": load(),
    }


def _submit(count: int) -> None:
    import bench.trivial  # noqa: F401 - registers the analysis
    from models.database import writing
    from models.submission import NewBatch, create_batch, seal_batch, submit_members
    from models.tenants import ensure_tenant
    from pipelines.entry import Options, analysis_named, new_job

    analysis = analysis_named("bench.trivial")
    with writing() as connection:
        ensure_tenant(connection)
        new = NewBatch(tenant_id="default", analysis=analysis.name, tolerance_share=1.0)
        batch_id = create_batch(connection, new)
    for _ in range(count // CHUNK):
        with writing() as connection:
            members = [
                new_job(analysis, {"text": f"{n}"}, Options(), batch_id=batch_id) for n in range(CHUNK)
            ]
            submit_members(connection, batch_id, members)
    with writing() as connection:
        seal_batch(connection, batch_id)


def _admissions(rounds: int) -> list[float]:
    return [_admit_and_free() for _ in range(rounds + 2)][2:]


def _admit_and_free() -> float:
    """One admission of `EACH` jobs, timed; then they are as before."""
    from sqlalchemy import delete

    from models.admission import admit
    from models.database import clock, writing
    from models.fleet import Member, report
    from models.schema import marks
    from models.unsent import unsend

    with writing() as connection:
        connection.execute(delete(marks))  # what is taken back below would look like a fast fleet
        report(connection, Member("bench", "host", 1, EACH), clock(connection))
    start = time.perf_counter()
    with writing() as connection:
        admitted: Sequence[object] = (
            round_ := admit(connection, lease_ms=15_000, worker_alive_ms=600_000)
        ).admitted
    took_ms = (time.perf_counter() - start) * 1000
    assert len(admitted) >= EACH, len(admitted)
    with writing() as connection:
        unsend(connection, [(job.job_id, job.generation) for job in round_.admitted], round_.now_ms)
    return took_ms
