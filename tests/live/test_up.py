"""`gristmill up`: supervised, stopped by one signal with nothing lost, outlived by nothing it started."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.command import ROOT, Command, Up

pytestmark = pytest.mark.live
SLOW = {"delay_ms": 150, "rules": []}
COMPLETED = "(SELECT count(*) FROM jobs WHERE state = 'completed')"
LIFT = """
from models.database import writing
from models.limits import Change, change_limit
with writing() as connection:
    change_limit(connection, "queue", "ai_analysis", Change(concurrency=0, rate=0))
"""
SUBMIT = """
from pipelines import analyze_many
analyze_many("text.sentiment", (f"text {n}" for n in range(200))).submit()
"""


@pytest.fixture
def gristmill(tmp_path: Path) -> Command:
    """The command with a model that takes its time."""
    script = tmp_path / "script.json"
    script.write_text(json.dumps(SLOW))
    return Command(
        tmp_path / "home",
        LLM_PROVIDER="scripted",
        LLM_SCRIPT=str(script),
        LEASE_MS="4000",
        WORKER_PROCESSES="1",
    )


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


def submit_200(command: Command) -> None:
    run(command, LIFT + SUBMIT)


def run(command: Command, code: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=command.environment, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr


def test_sigterm_in_the_middle_stops_all_within_seconds_and_loses_nothing(
    gristmill: Command, ups: Callable[..., Up]
) -> None:
    up = ups(gristmill, "--no-scheduler", "--processes", "2")
    up.wait_for("Ready in")
    submit_200(gristmill)
    family = up.family()
    gristmill.wait_until(f"SELECT {COMPLETED} > 0")
    began_s = time.monotonic()
    assert up.stop() == 0, up.text
    assert time.monotonic() - began_s < 15
    assert not [process for process in family if process.is_running()]
    assert gristmill.ask(f"SELECT {COMPLETED}") < 200, "it was not in the middle"
    again = ups(gristmill, "--no-scheduler", "--processes", "1", "--threads", "16")
    gristmill.wait_until(f"SELECT {COMPLETED} = 200")
    assert gristmill.ask("SELECT outcome FROM batches") == "completed"
    assert again.stop(signal.SIGINT) == 0
    assert up.text.count("Admin key  gm_") == 1
    assert "Admin key" not in again.text


def test_killed_children_are_started_again_and_none_outlives_a_killed_supervisor(
    gristmill: Command, ups: Callable[..., Up]
) -> None:
    up = ups(gristmill, "--processes", "1")
    up.wait_for("Ready in")
    victims = psutil.Process(up.process.pid).children()
    assert len(victims) == 3  # the worker's master, the scheduler, and the embedded Valkey
    for victim in victims:
        victim.kill()
    up.wait_for("worker was killed by SIGKILL; starting it again")
    up.wait_for("scheduler was killed by SIGKILL; starting it again")
    submit_200(gristmill)
    gristmill.wait_until(f"SELECT {COMPLETED} > 10")
    family = up.family()
    assert len(family) >= 4  # the same three, and a worker process
    os.kill(up.process.pid, signal.SIGKILL)
    gone, alive = psutil.wait_procs(family, timeout=25)
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
    up = ups(gristmill, "--no-scheduler", "--processes", "1")
    up.wait_for("Ready in")
    run(gristmill, LIFT)
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps({"id": n, "text": f"text {n}"}) + "\n" for n in range(200)))
    process = gristmill.start("batch", "text.sentiment", str(file), "--json")
    gristmill.wait_until(f"SELECT {COMPLETED} > 0")
    assert up.stop() == 0
    out, err = process.communicate(timeout=40)
    assert process.returncode == 0, err
    assert {json.loads(line)["state"] for line in out.splitlines()} == {"completed"}
    assert len(out.splitlines()) == 200
