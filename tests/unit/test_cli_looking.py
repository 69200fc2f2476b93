"""The commands that look at the database or change a row in it, run in this process on either database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from cli.main import app
from pipelines import analyze_many
from tests.harness.environment import environment

ROWS = [{"id": "zebra-1", "text": "The 100% zebra_crossing is fine."}, {"id": "plain", "text": "No animal."}]

on_either_database = pytest.mark.usefixtures("database_url")
on_a_new_home = pytest.mark.usefixtures("home")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def lines(*arguments: str) -> list[Any]:
    ran = run(*arguments, "--json")
    assert ran.exit_code == 0, ran.output
    return [json.loads(line) for line in ran.stdout.split("\n") if line]


@pytest.fixture
def batch_id() -> str:
    """A batch that no worker will take."""
    return analyze_many("text.sentiment", ROWS).submit().id


@on_a_new_home
@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["analyze", "no.such", "-"], 2, "no such analysis"),
        (["analyze", "text.sentiment", "nofile.txt"], 2, "nofile.txt cannot be read"),
        (["analyze", "text.sentiment", "http://127.0.0.1/"], 2, "not on the public internet"),
        (["batch", "text.sentiment", "nofile", "--parallel", "0"], 2, "--parallel"),
        (["jobs", "show", "nothing"], 1, "There is no job 'nothing' here"),
        (["jobs", "retry", "nothing"], 1, "There is no job"),
        (["batches", "cancel", "nothing"], 1, "There is no batch"),
        (["batches", "show", "nothing"], 1, "There is no batch"),
        (["batches", "retry-failed", "nothing"], 1, "There is no batch"),
        (["jobs", "list", "--state", "sleeping"], 2, "is no state"),
        (["jobs", "search", " "], 2, "what to look for"),
        (["keys", "create", "--role", "king"], 2, "is no role"),
        (["keys", "revoke", "nothing"], 1, "There is no key"),
        (["nonsense"], 2, "No such command"),
    ],
    ids=lambda value: "_".join(value[:2]) if isinstance(value, list) else "",
)
def test_what_cannot_be_done_is_said_in_a_line_with_the_right_code(
    arguments: list[str], code: int, words: str
) -> None:
    ran = run(*arguments)
    assert (ran.exit_code, ran.stdout) == (code, "")
    assert words in " ".join(ran.stderr.split())


@on_a_new_home
def test_a_bad_line_is_named_and_nothing_is_submitted(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text('{"text": "good"}\n{"text": ""}\n')
    ran = run("batch", "text.sentiment", str(file), "--json")
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert "rows.jsonl, line 2" in ran.stderr
    assert lines("batches", "list") == []


@on_either_database
def test_a_search_finds_words_of_the_text_or_the_id_letter_by_letter(batch_id: str) -> None:
    for words in ("ZEBRA_CROSS", "100%", "zebra-1"):
        assert [job["external_id"] for job in lines("jobs", "search", words)] == ["zebra-1"]
        assert lines("jobs", "search", words, "--tenant", "another") == []
    assert lines("jobs", "search", "zebraXcross") == []


@on_either_database
def test_lists_are_pages_newest_first_and_only_of_the_tenant(batch_id: str) -> None:
    first = lines("jobs", "list", "--limit", "1")
    rest = lines("jobs", "list", "--after", first[0]["id"])
    assert [job["external_id"] for job in first + rest] == ["plain", "zebra-1"]
    assert lines("jobs", "list", "--state", "completed") == []
    assert lines("jobs", "list", "--tenant", "another") == []
    (batch,) = lines("batches", "list")
    assert (batch["id"], batch["total"], batch["outcome"]) == (batch_id, 2, None)
    queue = next(one for one in lines("queues", "list") if one["queue"] == "ai_analysis")
    assert (queue["waiting"], queue["completed"], queue["concurrency"]) == (2, 0, 3)


@on_either_database
def test_a_job_has_the_same_names_here_as_over_http(batch_id: str) -> None:
    listed = lines("jobs", "list", "--limit", "1")[0]
    assert (listed["batch_id"], listed["external_id"]) == (batch_id, "plain")
    shown = json.loads(run("jobs", "show", listed["id"], "--json").stdout)
    assert (shown["id"], shown["external_id"], shown["answer"]) == (listed["id"], "plain", None)
    assert "job_id" not in shown


@on_either_database
def test_what_waits_is_cancelled_at_once_and_then_cannot_be_retried(batch_id: str) -> None:
    first, second = lines("jobs", "list")
    assert lines("jobs", "cancel", first["id"])[0]["state"] == "cancelled"
    ran = run("jobs", "retry", first["id"], "--json")
    assert ran.exit_code == 1
    assert "only a failed job can be retried" in json.loads(ran.stdout)["error"]
    assert run("jobs", "cancel", second["id"], "nothing").exit_code == 3
    (batch,) = lines("batches", "list")
    assert batch["outcome"] is not None
    assert batch["cancelled"] == 2


@on_either_database
def test_a_queue_is_paused_limited_and_resumed(batch_id: str) -> None:
    (paused,) = lines("queues", "pause", "ai_analysis")
    assert (paused["queue"], paused["paused"]) == ("ai_analysis", True)
    job = lines("jobs", "list")[0]["id"]
    told = json.loads(run("jobs", "show", job, "--json").stdout)["waiting"]
    assert told["reason"]
    (limited,) = lines("queues", "set", "ai_analysis", "--concurrency", "7", "--rate", "20/10s")
    assert (limited["concurrency"], limited["rate"], limited["period_ms"]) == (7, 20, 10_000)
    (free,) = lines("queues", "set", "ai_analysis", "--unlimited", "--concurrency", "2")
    assert (free["concurrency"], free["rate"], free["paused"]) == (2, None, True)
    assert "open, 2 at once, any rate" in run("queues", "resume", "ai_analysis").stderr
    (tenant,) = lines("queues", "set", "default", "--scope", "tenant", "--rate", "5/h")
    assert (tenant["tenant"], tenant["rate"], tenant["period_ms"]) == ("default", 5, 3_600_000)
    assert "tenant" in run("queues", "list").stdout
    run("queues", "set", "default", "--scope", "tenant", "--unlimited")
    assert "tenant" not in run("queues", "list").stdout
    assert {"queue"} == {next(iter(one)) for one in lines("queues", "list")}


@on_either_database
@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["pause", "nowhere"], 1, "There is no queue 'nowhere'; there are ai_analysis,"),
        (["pause", "nobody", "--scope", "tenant"], 1, "no tenant"),
        (["pause", "gpt", "--scope", "model"], 2, "provider/model"),
        (["pause", "x", "--scope", "planet"], 2, "no scope"),
        (["set", "ai_analysis"], 2, "Say what to set"),
        (["set", "ai_analysis", "--rate", "fast"], 2, "100/min"),
        (["set", "ai_analysis", "--rate", "5/fortnight"], 2, "100/min"),
    ],
)
def test_what_cannot_be_changed_is_said(batch_id: str, arguments: list[str], code: int, words: str) -> None:
    ran = run("queues", *arguments)
    assert (ran.exit_code, words in ran.stderr) == (code, True), ran.stderr


@on_either_database
def test_results_are_tables_for_people(batch_id: str) -> None:
    for arguments in (
        ["batches", "show", batch_id],
        ["jobs", "list"],
        ["batches", "list"],
        ["queues", "list"],
    ):
        ran = run(*arguments)
        assert ran.exit_code == 0
        assert "waiting" in ran.stdout or "running" in ran.stdout
    job = lines("jobs", "list")[0]["id"]
    assert "No animal" in run("jobs", "show", job).stdout
    assert "Now: no estimate: too early" in run("batches", "show", batch_id).stdout


@on_a_new_home
@pytest.mark.parametrize(
    ("name", "url", "check"),
    [
        ("DATABASE_URL", "postgresql://u:s3cret@127.0.0.1:1/x", "database"),
        ("DATABASE_URL", "mysql://u:s3cret@127.0.0.1/x", "database"),
        ("REDIS_URL", "redis://:s3cret@127.0.0.1:1/0", "broker"),
        ("TIMEZONE", "Mars/Olympus", "timezone"),
    ],
)
def test_the_doctor_names_what_is_missing_and_how_to_mend_it(name: str, url: str, check: str) -> None:
    with environment(**{"REDIS_URL": "", name: url}):
        ran = run("doctor", "--json")
        assert "→" in run("doctor").stdout
    assert ran.exit_code == 1
    (found,) = [c for c in json.loads(ran.stdout)["checks"] if c["required"] and not c["ok"]]
    assert found["name"] == check
    assert found["fix"]
    assert "s3cret" not in ran.stdout


@on_a_new_home
def test_a_key_is_shown_once_and_can_be_revoked() -> None:
    (made,) = lines("keys", "create", "--name", "ci", "--role", "viewer")
    assert made["key"].startswith("gm_")
    (listed,) = lines("keys", "list")
    assert made["key"] not in json.dumps(listed)
    assert (listed["name"], listed["role"], listed["revoked_at_ms"]) == ("ci", "viewer", None)
    assert run("keys", "revoke", listed["id"]).exit_code == 0
    assert lines("keys", "list")[0]["revoked_at_ms"] is not None
    assert made["key"][:8] in run("keys", "list").stdout


def test_the_analyses_are_described_by_their_declarations() -> None:
    assert {"story.enhance", "text.sentiment"} <= {found["name"] for found in lines("analyses", "list")}
    (shown,) = lines("analyses", "show", "story.enhance")
    assert "hype_score" in shown["answer_schema"]["properties"]
    assert "number 0 to 10" in run("analyses", "show", "story.enhance").stdout
