"""Workers: the real `dramatiq` command, supervised as `gristmill up` would, to be stopped and killed."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from tests.harness.session import ROOT

READY = "Worker process is ready for action."
TAIL_CHARS = 6_000


class Workers:
    """A `dramatiq` master and its children; where it dies, it is started again."""

    def __init__(
        self,
        log: Path,
        *,
        processes: int = 2,
        threads: int = 8,
        queues: Sequence[str] = (),
        extra: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.log = log
        self.processes = processes
        self.restarts = 0
        modules = ["actors", "pipelines", "scheduler", "tests.harness.trivial", *extra]
        self._command = [sys.executable, "-m", "dramatiq", *modules]
        self._command += ["--processes", str(processes), "--threads", str(threads)]
        self._command += ["--queues", *queues] if queues else []
        self._environment = dict(environment or {})
        self._started: list[subprocess.Popen[bytes]] = []
        self._stopping = False

    def start(self) -> None:
        """Start, and wait until every process is ready."""
        self._stopping = False
        self._launch()
        threading.Thread(target=self._supervise, daemon=True).start()
        self.wait_ready()

    def wait_ready(self, within_s: float = 40) -> None:
        """Wait until as many processes got ready as were ever started."""
        deadline = time.monotonic() + within_s
        while self._ready_count() < self.processes * len(self._started):
            assert time.monotonic() < deadline, f"the workers did not start:\n{self.tail()}"
            time.sleep(0.02)

    @property
    def master(self) -> subprocess.Popen[bytes]:
        return self._started[-1]

    def children(self) -> list[int]:
        """The process ids of the living workers and their helpers, also where their master was killed."""
        return self._pids()

    def signal(self, pid: int, number: signal.Signals) -> None:
        """Send a signal to a process that we started."""
        if pid in self._pids() or pid == self.master.pid:
            os.kill(pid, number)

    def terminate(self, within_s: float = 30) -> int:
        """SIGTERM, as an operator does; gives the exit code."""
        self._stopping = True
        self.master.terminate()
        return self.master.wait(within_s)

    def stop(self) -> None:
        """kill -9 for everything that was started; the test has read what it wanted by now."""
        self._stopping = True
        for process in self._started:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(5)

    def tail(self) -> str:
        return self.log.read_text(errors="replace")[-TAIL_CHARS:] if self.log.exists() else ""

    def _launch(self) -> None:
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env=os.environ | {"PYTHONPATH": str(ROOT)} | self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._started.append(process)

    def _supervise(self) -> None:
        while not self._stopping:
            if self.master.poll() is not None and not self._stopping:
                self.restarts += 1
                self._launch()
            time.sleep(0.05)

    def _ready_count(self) -> int:
        return self.log.read_text(errors="replace").count(READY) if self.log.exists() else 0

    def _pids(self) -> list[int]:
        """Every living process of ours but the masters."""
        masters = {process.pid for process in self._started}
        return [pid for pid in psutil.pids() if pid not in masters and _session(pid) in masters]


def _session(pid: int) -> int:
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return 0
