"""What acts on many jobs asks the person at the terminal first, and does nothing unless they agree."""

from __future__ import annotations

import os
import pty
from pathlib import Path

import pytest

from tests.command import Command


@pytest.mark.parametrize(("answer", "left"), [("n\n", 2), ("y\n", 0)])
def test_a_person_is_asked_with_the_count_before_anything_is_cancelled(
    tmp_path: Path, answer: str, left: int
) -> None:
    gristmill = Command(tmp_path / "home")
    assert gristmill.run("migrate").code == 0
    rows = '{"text": "one"}\n{"text": "two"}\n'
    submit = gristmill.start("batch", "text.sentiment", "-", stdin=-1)
    assert submit.stdin is not None
    submit.stdin.write(rows)
    submit.stdin.close()
    gristmill.wait_until("SELECT count(*) = 2 FROM jobs")
    submit.kill()
    submit.wait()
    ours, theirs = pty.openpty()
    asked = gristmill.start("jobs", "cancel", "--state", "waiting", stdin=theirs)
    os.write(ours, answer.encode())
    _, told = asked.communicate(timeout=30)
    assert "2 jobs will be cancelled. Go on? [y/N]" in told
    assert asked.returncode == 0
    assert gristmill.ask("SELECT count(*) FROM jobs WHERE state = 'waiting'") == left
    os.close(ours)
    os.close(theirs)
