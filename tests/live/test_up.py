"""`gristmill up`: supervised, stopped by one signal with nothing lost, outlived by nothing it started."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.command import ROOT, Command, Up

pytestmark = pytest.mark.live
SLOW = {"delay_ms": 150, "rules": []}
SUBMIT = """
from pipelines import analyze_many
print(analyze_many("text.sentiment", (f"text {n}" for n in range(200))).submit().id)
"""


@pytest.fixture
def gristmill(tmp_path: Path) -> Command:
    """The command with a model that takes its time."""
    script = tmp_path / "script.json"
    script.write_text(json.dumps(SLOW))
    return Command(tmp_path / "home", LLM_PROVIDER="scripted", LLM_SCRIPT=str(script), LEASE_MS="4000")


@pytest.fixture
def ups() -> Iterator[Callable[..., Up]]:
    """Starts `up`s that are gone after the test."""
    started: list[Up] = []

    def start(command: Command, *arguments: str) -> Up:
        started.append(Up(command, "--no-web", *arguments))
        return started[-1]

    yield start
    for one in started:
        one.end()


def submit_200(command: Command) -> str:
    ran = subprocess.run(
        [sys.executable, "-c", SUBMIT], cwd=ROOT, env=command.environment, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def batch(command: Command, batch_id: str) -> dict[str, Any]:
    """The batch's row, read past the command, which takes a second to start."""
    with closing(sqlite3.connect(command.home / "gristmill.db")) as connection:
        connection.row_factory = sqlite3.Row
        return dict(connection.execute("SELECT * FROM batches WHERE id = ?", [batch_id]).fetchone())


def completed_jobs(command: Command) -> int:
    with closing(sqlite3.connect(command.home / "gristmill.db")) as connection:
        (count,) = connection.execute("SELECT count(*) FROM jobs WHERE state = 'completed'").fetchone()
    return int(count)


def wait_until(holds: Callable[[], bool], within_s: float = 30) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, "it did not come to pass in time"
        time.sleep(0.1)


def test_sigterm_in_the_middle_stops_all_within_seconds_and_loses_nothing(
    gristmill: Command, ups: Callable[..., Up]
) -> None:
    up = ups(gristmill)
    up.wait_for("Ready in")
    batch_id = submit_200(gristmill)
    family = up.family()
    wait_until(lambda: batch(gristmill, batch_id)["completed"] > 0)
    began_s = time.monotonic()
    assert up.stop() == 0, up.text
    assert time.monotonic() - began_s < 15
    assert not [process for process in family if process.is_running()]
    assert batch(gristmill, batch_id)["outcome"] is None, "it was not in the middle"
    again = ups(gristmill)
    wait_until(lambda: batch(gristmill, batch_id)["outcome"] == "completed")
    assert batch(gristmill, batch_id)["completed"] == 200
    assert again.stop() == 0
    assert up.text.count("Admin key  gm_") == 1
    assert "Admin key" not in again.text


def test_killed_children_are_started_again_and_the_work_goes_on(
    gristmill: Command, ups: Callable[..., Up]
) -> None:
    up = ups(gristmill, "--processes", "1")
    up.wait_for("Ready in")
    for victim in victims(up):
        victim.kill()
    up.wait_for("starting it again")
    batch_id = submit_200(gristmill)
    wait_until(lambda: batch(gristmill, batch_id)["outcome"] == "completed")
    assert "worker was killed by SIGKILL" in up.text
    assert "scheduler was killed by SIGKILL" in up.text
    assert up.stop(signal.SIGINT) == 0


def victims(up: Up) -> list[psutil.Process]:
    """The worker's master, the scheduler, and the embedded Valkey."""
    children = psutil.Process(up.process.pid).children()
    assert len(children) == 3
    return children


def test_nothing_outlives_a_supervisor_that_is_killed(gristmill: Command, ups: Callable[..., Up]) -> None:
    up = ups(gristmill)
    up.wait_for("Ready in")
    family = up.family()
    assert len(family) >= 5  # a master with two workers, the scheduler, Valkey
    os.kill(up.process.pid, signal.SIGKILL)
    gone, alive = psutil.wait_procs(family, timeout=15)
    assert not alive
    assert len(gone) == len(family)


def test_the_banner_says_what_is_connected_and_a_taken_port_is_refused(gristmill: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = gristmill.run("up", "--port", str(port))
        assert (ran.code, ran.out) == (2, "")
        assert f"Port {port} is in use" in ran.err
    up = Up(gristmill, "--port", str(port), "--processes", "1", "--threads", "2")
    try:
        up.wait_for(f"dashboard and API at http://127.0.0.1:{port}")
        for words in ("SQLite", "embedded, valkey", "scripted", "1 processes × 2 threads", "Time zone  UTC"):
            assert words in up.text
        key = re.search(r"gm_[\w-]+", up.text)
        assert key is not None
        assert up.stop() == 0, up.text
    finally:
        up.end()


def test_a_batch_goes_on_when_the_workers_it_used_are_stopped(
    gristmill: Command, ups: Callable[..., Up], tmp_path: Path
) -> None:
    up = ups(gristmill)
    up.wait_for("Ready in")
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps({"id": n, "text": f"text {n}"}) + "\n" for n in range(200)))
    process = gristmill.start("batch", "text.sentiment", str(file), "--json")
    wait_until(lambda: completed_jobs(gristmill) > 0)
    assert up.stop() == 0
    out, err = process.communicate(timeout=40)
    assert process.returncode == 0, err
    assert {json.loads(line)["state"] for line in out.splitlines()} == {"completed"}
    assert len(out.splitlines()) == 200
