"""compose.yaml's health checks, run for real, and the whole file as docker compose itself reads it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from models.database import clock, writing
from models.fleet import Member, report

yaml = pytest.importorskip("yaml", reason="PyYAML reads compose.yaml; it is a development requirement")

ROOT = Path(__file__).resolve().parents[2]
SERVICES: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
OURS = sorted(name for name, service in SERVICES.items() if "build" in service)


@pytest.mark.parametrize("name", OURS)
def test_the_checks_written_in_python_are_python(name: str) -> None:
    test = SERVICES[name]["healthcheck"].get("test", ["CMD", "python", "-c", "pass"])
    assert test[:3] == ["CMD", "python", "-c"]
    compile(test[3], name, "exec")


def test_a_workers_check_passes_once_one_of_this_host_has_reported(database_url: str) -> None:
    check = SERVICES["worker"]["healthcheck"]["test"]
    assert run(check) == 1
    with writing() as connection:
        report(connection, Member("here:1:a", socket.gethostname(), 1, 8), clock(connection))
    assert run(check) == 0


def test_a_workers_check_fails_when_only_others_report(database_url: str) -> None:
    with writing() as connection:
        report(connection, Member("there:1:a", "another-host", 1, 8), clock(connection))
    assert run(SERVICES["worker"]["healthcheck"]["test"]) == 1


def test_the_schedulers_check_fails_where_no_redis_is(home: Path) -> None:
    assert run(SERVICES["scheduler"]["healthcheck"]["test"]) == 1


def run(check: list[str]) -> int:
    """The exit code of a check of ours, run by this interpreter."""
    command = [sys.executable, *check[2:]]
    return subprocess.run(command, cwd=ROOT, capture_output=True, timeout=30, check=False).returncode


@pytest.mark.skipif(not shutil.which("docker"), reason="there is no docker client here")
def test_docker_compose_takes_the_file(tmp_path: Path) -> None:
    if call("version", {"PATH": os.environ["PATH"]}).returncode:
        pytest.skip("the docker client here has no compose")
    given = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    empty = call("config", given)
    assert empty.returncode != 0
    assert "set POSTGRES_PASSWORD in .env" in empty.stderr
    told = call("config", given | {"POSTGRES_PASSWORD": "a", "REDIS_PASSWORD": "b"})
    assert told.returncode == 0, told.stderr


def call(command: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """`docker compose COMMAND` over every profile, without any `.env`."""
    profiles = ["--profile", "scale", "--profile", "notify", "--env-file", os.devnull]
    return subprocess.run(
        ["docker", "compose", *profiles, command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
