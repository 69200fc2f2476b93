"""The command's smaller parts: tables that fit, errors that help, pauses, logs, and a quick start."""

from __future__ import annotations

import re
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from cli import broker, children, init, problems, stack
from cli.children import Child, bound
from cli.plan import require_free
from cli.problems import Unusable, WrongUsage, tell
from cli.ready import checked_settings
from cli.results import fitting
from cli.supervisor import Supervisor, pause_s
from errors import Conflict, InvalidInput
from settings import Settings, get_settings
from tests.harness.environment import environment

ASSIGNMENT = re.compile(r"^#?([A-Z][A-Z0-9_]*)=", re.MULTILINE)


def test_long_columns_go_from_the_right_until_the_rest_can_be_read() -> None:
    names = ["title", "score", "why", "plain words", "tags"]
    widest = {"title": 60, "score": 4, "why": 80, "plain words": 100, "tags": 40}
    assert fitting(names, widest, 200) == names
    assert fitting(names, widest, 80) == ["title", "score", "why", "plain words"]
    assert fitting(names, widest, 30) == ["title", "score"]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (WrongUsage("x"), problems.WRONG_USAGE),
        (InvalidInput("x"), problems.WRONG_USAGE),
        (Unusable("x"), problems.FAILED),
        (Conflict("x"), problems.FAILED),
        (ZeroDivisionError("zebra"), problems.FAILED),
    ],
)
def test_an_error_is_a_line_a_suggestion_and_a_code(
    error: Exception, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tell(error) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("Error: ")
    assert err.count("\n") == 2
    assert "zebra" not in err


def test_a_setting_that_is_wrong_is_named_without_its_value(capsys: pytest.CaptureFixture[str]) -> None:
    with environment(REDIS_PORT="s3cret"), pytest.raises(ValidationError) as refused:
        checked_settings()
    assert tell(refused.value) == problems.WRONG_USAGE
    err = capsys.readouterr().err
    assert "REDIS_PORT" in err
    assert "s3cret" not in err


@pytest.mark.parametrize(
    ("name", "url"), [("DATABASE_URL", "mysql://u:secret@h/d"), ("REDIS_URL", "amqp://u:secret@h")]
)
def test_an_address_of_another_kind_is_refused_without_showing_it(name: str, url: str) -> None:
    with environment(**{name: url}), pytest.raises(WrongUsage) as refused:
        checked_settings()
    assert name in refused.value.message
    assert "secret" not in refused.value.message


def test_an_absent_broker_is_told_quickly_and_without_its_password() -> None:
    began_s = time.monotonic()
    assert not broker.answers("redis://127.0.0.1:1/0")
    with pytest.raises(Unusable, match="nothing answers there") as refused:
        broker.facts("redis://:secret@127.0.0.1:1/0")
    assert "secret" not in refused.value.message
    assert time.monotonic() - began_s < 2


def test_a_port_in_use_is_refused_with_its_number() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(WrongUsage, match=f"Port {port} is in use"):
            require_free("127.0.0.1", port)
    require_free("127.0.0.1", port)


def test_pauses_between_restarts_double_up_to_a_limit() -> None:
    assert [pause_s(n) for n in (1, 2, 3)] == [0.5, 1.0, 2.0]
    assert pause_s(100) == 30.0


def test_a_log_over_its_limit_moves_aside_and_its_writer_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "LARGEST_LOG_BYTES", 100)
    log = tmp_path / "worker.log"
    with log.open("ab") as writer:
        writer.write(b"x" * 200)
        writer.flush()
        bound(log)
        writer.write(b"after")
    assert log.read_bytes() == b"after"
    assert (tmp_path / "worker.log.1").read_bytes() == b"x" * 200


def test_a_child_that_dies_is_started_again_and_one_that_must_stop_at_once_is_killed(tmp_path: Path) -> None:
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    (tmp_path / "stubborn.py").write_text(f"{deaf}; print('up', flush=True); time.sleep(60)")
    told: list[str] = []
    child = Child("stubborn", ["stubborn"], tmp_path / "log", {"PYTHONPATH": f"{children.ROOT}:{tmp_path}"})
    supervisor = Supervisor([child], told.append)
    try:
        supervisor.start()
        _until(lambda: child.log is not None and b"up" in child.log.read_bytes())
        assert child.process is not None
        first = child.process.pid
        child.process.kill()
        child.process.wait()
        _until(lambda: tended(supervisor, child))
        assert child.process.pid != first
        assert "was killed by SIGKILL; starting it again" in told[0]
        _until(lambda: child.log is not None and child.log.read_bytes().count(b"up") == 2)
        supervisor.stop(urgent=lambda: True)
        assert not child.is_alive
        assert "has not stopped in time" in told[-1]
    finally:
        supervisor.kill()


def test_init_writes_every_setting_once_and_never_over_a_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    assert init.run(str(file)) == 0
    text = file.read_text()
    assert file.stat().st_mode & 0o077 == 0
    named = ASSIGNMENT.findall(text)
    assert sorted(named) == sorted(name.upper() for name in Settings.model_fields)
    file.write_text("mine")
    with pytest.raises(WrongUsage, match="exists"):
        init.run(str(file))
    assert file.read_text() == "mine"


def test_help_imports_nothing_heavy() -> None:
    heavy = ["sqlalchemy", "dramatiq", "redis", "pydantic", "rich.progress", "openai", "analyses", "models"]
    code = f"import sys, cli.main; print([m for m in {heavy} if m in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], cwd=children.ROOT, capture_output=True, text=True)
    assert ran.stdout.strip() == "[]", ran.stderr


def tended(supervisor: Supervisor, child: Child) -> bool:
    supervisor.tend()
    return child.is_alive


def _until(holds: Callable[[], bool], within_s: float = 10) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_embedded_database_is_its_owners_only_whatever_the_umask(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    with environment(GRISTMILL_HOME=str(home)):
        stack.make_home(get_settings())
        stack.migrate_once(get_settings())
    assert stat.S_IMODE((home / "gristmill.db").stat().st_mode) == 0o600
