"""The commands that act on many jobs at once, on either database: counted, confirmed, then done."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from cli.main import app
from errors import ERROR_CLASSES
from pipelines import Job, analyze_many
from tests.harness.web import make_failed
from tests.steps.rows import change, end_badly, fence

pytestmark = pytest.mark.usefixtures("database_url")

ROOT = Path(__file__).resolve().parents[2]
ROWS = [{"id": f"row {n}", "text": f"Text {n}."} for n in range(3)]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def document(*arguments: str) -> Any:
    ran = run(*arguments, "--json")
    assert ran.exit_code == 0, ran.output
    return json.loads(ran.stdout)


@pytest.fixture
def ids() -> list[str]:
    """Three jobs that no worker will take."""
    return [member.id for member in analyze_many("text.sentiment", ROWS).submit().members()]


def states(ids: list[str]) -> set[str]:
    return {Job(job_id=job_id).state for job_id in ids}


def cause(ids: list[str]) -> str:
    for job_id in ids:
        make_failed(job_id)
    return str(Job(job_id=ids[0]).row.fingerprint)


def test_without_a_terminal_and_without_yes_nothing_is_changed(ids: list[str]) -> None:
    ran = run("jobs", "cancel", "--state", "waiting")
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert "3 jobs would be cancelled; say so with --yes" in ran.stderr
    assert states(ids) == {"waiting"}


def test_with_yes_all_that_the_options_describe_are_cancelled(ids: list[str]) -> None:
    told = document("jobs", "cancel", "--state", "waiting", "--analysis", "text.sentiment", "--yes")
    assert told == {"action": "cancel", "matched": 3, "changed": 3}
    assert states(ids) == {"cancelled"}
    assert document("jobs", "cancel", "--state", "waiting")["matched"] == 0


def test_errors_are_listed_shown_retried_and_discarded_by_cause(ids: list[str]) -> None:
    fingerprint = cause(ids)
    listed = document("errors", "list")
    assert (listed["fingerprint"], listed["count"], listed["retryable"]) == (fingerprint, 3, True)
    shown = document("errors", "show", fingerprint)
    assert {job["id"] for job in shown["jobs"]} == set(ids)
    assert "The model said later." in run("errors", "show", fingerprint).stdout
    assert fingerprint in run("errors", "list").stdout
    assert "3 jobs would be run again" in run("errors", "retry", fingerprint).stderr
    assert document("errors", "retry", fingerprint, "--yes")["changed"] == 3
    assert states(ids) == {"waiting"}
    assert run("errors", "list").stderr.startswith("No job has failed")
    assert run("errors", "show", fingerprint).exit_code == 1


def test_members_of_a_batch_that_is_not_over_are_not_discarded(ids: list[str]) -> None:
    ran = run("errors", "discard", cause(ids), "--yes")
    assert ran.exit_code == 3
    assert "0 of 3 jobs discarded" in ran.stderr
    assert "batch that is not over" in ran.stderr


def test_a_job_is_replayed_from_a_step(ids: list[str]) -> None:
    assert run("jobs", "replay", ids[0], "--from", "score").exit_code == 1
    run("jobs", "cancel", ids[0])
    assert document("jobs", "replay", ids[0], "--from", "score")["state"] == "waiting"
    assert run("jobs", "replay", ids[0], "--from", "brew").exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["cancel"], "one of the two"),
        (["retry", "someid", "--state", "failed"], "one of the two"),
        (["cancel", "--state", "sleeping"], "is no state"),
        (["cancel", "--state", "completed"], "cannot be used with cancel"),
        (["retry", "--state", "waiting", "--yes"], "cannot be used with retry"),
    ],
)
def test_what_makes_no_sense_is_refused(ids: list[str], arguments: list[str], words: str) -> None:
    ran = run("jobs", *arguments)
    assert (ran.exit_code, words in ran.stderr) == (2, True), ran.stderr
    assert states(ids) == {"waiting"}


def test_a_negative_grant_is_told_as_such_and_not_as_an_option() -> None:
    ran = run("credits", "grant", "-5")
    assert ran.exit_code == 2
    assert "greater than or equal to 0" in ran.stderr


def test_cancelling_a_running_job_tells_how_it_ended(ids: list[str]) -> None:
    job = Job(job_id=ids[0])
    held = {"state": "running", "holder": "host:1:x", "lease_until_ms": 2**50}
    change(job.id, **held)

    def let_go() -> None:
        while not job.row.cancel_requested:
            time.sleep(0.05)
        end_badly(fence(job.id), holder="host:1:x", error_class="cancelled")

    worker = threading.Thread(target=let_go)
    worker.start()
    assert document("jobs", "cancel", job.id) == {"id": job.id, "state": "cancelled", "error": None}
    worker.join()


def test_a_running_job_whose_worker_does_not_let_go_is_told_as_running(
    ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.change.LETS_GO_S", 0.2)
    change(ids[0], state="running", holder="host:1:x", lease_until_ms=2**50)
    assert document("jobs", "cancel", ids[0])["state"] == "running; its worker was told to let go"


def test_batches_in_a_list_tell_when_they_may_end(ids: list[str]) -> None:
    told = document("batches", "list")
    assert (told["eta_s"], told["eta_hidden"]) == (None, "too early: less than a twentieth has ended")


def test_what_is_to_be_done_about_a_failed_job_does_not_say_that_it_is_being_retried() -> None:
    assert not [kind for kind in ERROR_CLASSES.values() if "is retried" in kind.suggestion]


def test_a_command_logs_in_sentences(capsys: pytest.CaptureFixture[str]) -> None:
    code = (
        "from cli.ready import checked_settings; settings = checked_settings()\n"
        "from logs import set_up_logs; set_up_logs(settings, str)\n"
        "import structlog; structlog.get_logger('x').warning('not known', model='m')\n"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert told.stderr == "Warning: not known (model m)\n"


def test_ctrl_c_ends_a_command_quietly_however_early_it_comes() -> None:
    code = "import os, signal, sys; sys.path.insert(0, '.'); from cli import start\n"
    code += "import threading, importlib.abc\n"
    code += "class Slow(importlib.abc.MetaPathFinder):\n"
    code += "    def find_spec(self, name, path, target=None):\n"
    code += "        if name == 'typer': os.kill(os.getpid(), signal.SIGINT)\n"
    code += "sys.meta_path.insert(0, Slow()); start.main()\n"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert (told.returncode, told.stderr) == (130, "")
