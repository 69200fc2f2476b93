"""The `gristmill` command under test: run as people run it, in a process of its own, from an empty folder."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[1]
READY_WITHIN_S = 40.0


@dataclass(frozen=True)
class Ran:
    """How one command ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Stdout as the one JSON document it must be."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """Stdout as JSONL, every line of it."""
        return [json.loads(line) for line in self.out.split("\n") if line]


class Command:
    """`gristmill` with a home of its own. `extra` is added to the environment."""

    def __init__(self, home: Path, **extra: str) -> None:
        self.home = home
        self.cwd = home.parent
        # REDIS_URL empty: the suite's own settings name a Redis, and here the embedded one is wanted.
        own = {"GRISTMILL_HOME": str(home), "REDIS_URL": "", "DATABASE_URL": "", "PYTHONPATH": str(ROOT)}
        self.environment = os.environ | own | extra

    def start(self, *arguments: str, stdin: Any = subprocess.DEVNULL) -> subprocess.Popen[str]:
        """Start it and go on."""
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "cli.main", *arguments],
            cwd=self.cwd,
            env=self.environment,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, stdin: str | None = None, within_s: float = 60) -> Ran:
        """Run it to its end."""
        process = self.start(*arguments, stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE)
        try:
            out, err = process.communicate(stdin, timeout=within_s)
        finally:
            if process.poll() is None:
                process.kill()
        return Ran(process.returncode, out, err)

    def ask(self, query: str) -> Any:
        """The first value of a query of the SQLite database, past the command, which starts slowly."""
        with closing(sqlite3.connect(self.home / "gristmill.db")) as connection:
            return connection.execute(query).fetchone()[0]

    def wait_until(self, query: str, within_s: float = READY_WITHIN_S) -> None:
        """Until the query's first value is true."""
        deadline = time.monotonic() + within_s
        while not self.ask(query):
            assert time.monotonic() < deadline, f"it did not come to pass: {query}"
            time.sleep(0.05)


class Up:
    """A running `gristmill up`."""

    def __init__(self, command: Command, *arguments: str) -> None:
        self.said = command.cwd / f"up-{time.monotonic_ns()}.txt"
        with self.said.open("w") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "cli.main", "up", *arguments],
                cwd=command.cwd,
                env=command.environment,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )

    @property
    def text(self) -> str:
        return self.said.read_text()

    def wait_for(self, words: str, within_s: float = READY_WITHIN_S) -> None:
        """Until it has said this."""
        deadline = time.monotonic() + within_s
        while words not in self.text:
            assert self.process.poll() is None, f"it ended:\n{self.text}"
            assert time.monotonic() < deadline, f"it never said {words!r}:\n{self.text}"
            time.sleep(0.05)

    def family(self) -> list[psutil.Process]:
        """All it started, and what those started."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def stop(self, number: int = signal.SIGTERM, within_s: float = 30) -> int:
        """Ask it to stop; gives its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(within_s)

    def end(self) -> None:
        """Leave nothing behind, whatever happened."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
