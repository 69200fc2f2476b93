"""Helpers: Python processes beside the workers (a producer, a sweeper, a scheduler), to be killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.harness.session import ROOT


class Helper:
    """`python -m MODULE ARGUMENT…` in a session of its own."""

    def __init__(self, log: Path, module: str, arguments: Sequence[str] = (), **environment: str) -> None:
        self.log = log
        with log.open("ab") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                cwd=ROOT,
                env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    def kill(self) -> None:
        """kill -9 for it and all it started."""
        if self.is_alive:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def was_killed(self, within_s: float = 30) -> bool:
        """Wait for its end; true if that was a kill -9."""
        return self.process.wait(within_s) == -signal.SIGKILL

    def tail(self) -> str:
        return self.log.read_text(errors="replace")[-3_000:]
