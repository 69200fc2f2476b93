"""Our programs as child processes: the worker, the scheduler and the web server, each in its own session."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from settings import get_settings

ROOT = Path(__file__).resolve().parents[1]
GIVE_BACK_WITHIN_MS = 4_000  # for a stopping worker to give back the calls it cut off at its grace's end
KILL_AFTER_MS = 4_000  # beyond that
LARGEST_LOG_BYTES = 10_000_000
MODULES = ("actors", "pipelines", "scheduler")


@dataclass
class Child:
    """One of our programs: what it is called, what runs, and where its output goes (None: our stderr)."""

    name: str
    arguments: Sequence[str]
    log: Path | None = None
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    started_s: float = 0.0
    died_s: float | None = None
    quick_deaths: int = 0

    @property
    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start it in a session of its own, so that a Ctrl-C at the terminal reaches only us."""
        command = [sys.executable, "-P", "-m", "cli.child", str(os.getpid()), *self.arguments]
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        with contextlib.ExitStack() as stack:
            output = sys.stderr if self.log is None else stack.enter_context(open_log(self.log))
            self.process = subprocess.Popen(
                command,
                env=os.environ | {"PYTHONPATH": path} | self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.started_s, self.died_s = time.monotonic(), None

    def signal(self, number: signal.Signals) -> None:
        """Signal the child alone; nothing if it is gone."""
        if self.process is not None:
            self.process.send_signal(number)

    def signal_group(self, number: int) -> bool:
        """Signal it and all it forked, also after its own death; False when none is left."""
        if self.process is None:
            return False
        try:
            os.killpg(self.process.pid, number)
        except (ProcessLookupError, PermissionError):
            return False
        return True


def stop_within_s() -> float:
    """How long our programs may take to stop in good order."""
    return (get_settings().stop_grace_ms + GIVE_BACK_WITHIN_MS + KILL_AFTER_MS) / 1000


def worker_child(processes: int, threads: int, logs: Path | None) -> Child:
    """The worker: one dramatiq master with its processes."""
    patience_ms = get_settings().stop_grace_ms + GIVE_BACK_WITHIN_MS
    sizes = ("--processes", str(processes), "--threads", str(threads))
    arguments = ["dramatiq", *MODULES, *sizes, "--worker-shutdown-timeout", str(patience_ms)]
    return Child("worker", [*arguments, "--path", str(ROOT)], logs and logs / "worker.log")


def scheduler_child(logs: Path | None) -> Child:
    """The scheduler, under UTC: periodiq knows no zones; the tick reckons with each schedule's own."""
    arguments = ["periodiq:entrypoint", *MODULES, "--path", str(ROOT)]
    return Child("scheduler", arguments, logs and logs / "scheduler.log", {"TZ": "UTC"})


def web_child(host: str, port: int, logs: Path | None) -> Child:
    """The web server."""
    where = {"WEB_HOST": host, "WEB_PORT": str(port)}
    return Child("web", ["web.serve"], logs and logs / "web.log", where)


def open_log(log: Path) -> BinaryIO:
    """The log opened for appending, its folder made and its size bounded."""
    log.parent.mkdir(parents=True, exist_ok=True)
    bound(log)
    return log.open("ab")


def bound(log: Path) -> None:
    """Keep a log that a child may hold open under its limit: what it held moves to `NAME.1`."""
    with contextlib.suppress(OSError):
        if log.stat().st_size > LARGEST_LOG_BYTES:
            shutil.copyfile(log, log.with_name(log.name + ".1"))
            os.truncate(log, 0)  # the child appends, so it goes on at the new end


def tail(log: Path, lines: int = 5) -> str:
    """The last lines of a log, for an error's message."""
    with contextlib.suppress(OSError):
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    return ""
