"""`gristmill demo`: from nothing to a table of results, on the embedded defaults and on real servers."""

from __future__ import annotations

import time
from pathlib import Path

import psutil
import pytest

from analyses.samples import load
from tests.command import Command
from tests.harness.broker import Broker
from tests.harness.databases import Databases

pytestmark = pytest.mark.live
SAMPLES = len(load("stories")) + len(load("texts"))


def test_the_demo_sets_everything_up_shows_results_and_leaves_nothing_running(tmp_path: Path) -> None:
    command = Command(tmp_path / "home")
    began_s = time.monotonic()
    ran = command.run("demo")
    assert ran.code == 0, ran.err
    assert time.monotonic() - began_s < 30
    assert "hype" in ran.out
    assert "Robot baker" in ran.out
    assert f"{SAMPLES} analyses completed, 0 failed" in ran.err
    assert "gristmill up" in ran.out
    assert max(map(len, ran.out.splitlines())) <= 120
    assert _processes_of(command) == []


def test_the_demo_works_on_postgresql_and_a_redis_of_ones_own(tmp_path: Path, databases: Databases) -> None:
    url = databases.fresh("postgres", migrated=False)
    broker = Broker(tmp_path / "v.sock")
    broker.start()
    try:
        command = Command(tmp_path / "home", DATABASE_URL=url, REDIS_URL=f"unix://{tmp_path}/v.sock")
        ran = command.run("demo", "--json")
        assert ran.code == 0, ran.err
        assert len(ran.lines) == SAMPLES
        assert {line["state"] for line in ran.lines} == {"completed"}
        assert not (tmp_path / "home" / "valkey-9").exists()
        broker.client.config_set("maxmemory-policy", "allkeys-lru")
        ran = command.run("demo")
        assert ran.code == 1
        assert "maxmemory-policy noeviction" in ran.err
        ran = command.run("doctor", "--json")
        assert [c["name"] for c in ran.document["checks"] if c["required"] and not c["ok"]] == ["broker"]
    finally:
        broker.stop()
        databases.drop(url)


def _processes_of(command: Command) -> list[int]:
    """What still runs with this home in its environment."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("GRISTMILL_HOME") == str(command.home):
                found.append(process.pid)
        except psutil.Error:
            continue
    return found
