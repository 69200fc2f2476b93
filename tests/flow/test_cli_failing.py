"""When things go wrong: failing rows, an interrupt, and a database or broker that is not there."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command import Command, Up

pytestmark = pytest.mark.live

SCRIPT = {
    "rules": [
        {"user_contains": "REFUSED", "error": "content_filter"},
        {"user_contains": "SLOW", "delay_ms": 400},
    ]
}


@pytest.fixture(scope="module")
def gristmill(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    """The command with workers whose model refuses some texts and is slow with others."""
    folder = tmp_path_factory.mktemp("cli")
    script = folder / "script.json"
    script.write_text(json.dumps(SCRIPT))
    command = Command(folder / "home", LLM_PROVIDER="scripted", LLM_SCRIPT=str(script), WORKER_PROCESSES="1")
    up = Up(command, "--no-web", "--no-scheduler")
    try:
        up.wait_for("Ready in")
        assert command.run("queues", "set", "ai_analysis", "--unlimited").code == 0
        yield command
        assert up.stop() == 0, up.text
    finally:
        up.end()


def rows(folder: Path, *texts: str) -> str:
    file = folder / "rows.jsonl"
    file.write_text("".join(json.dumps({"id": n, "text": text}) + "\n" for n, text in enumerate(texts)))
    return str(file)


def test_failures_within_the_tolerance_end_with_3_and_beyond_it_with_1(
    gristmill: Command, tmp_path: Path
) -> None:
    file = rows(tmp_path, "good", "REFUSED", "fine", "nice", "well")
    ran = gristmill.run("batch", "text.sentiment", file, "--json", "--tolerate", "1")
    assert ran.code == 3, ran.err
    assert [line["state"] for line in ran.lines] == ["completed", "failed", *["completed"] * 3]
    failed = ran.lines[1]
    assert failed["error"]["class"] == "content_filter"
    assert gristmill.run("jobs", "retry", failed["job_id"]).code == 0
    assert gristmill.run("batch", "text.sentiment", file, "--tolerate", "0").code == 1


def test_where_nothing_was_completed_the_work_has_failed(gristmill: Command, tmp_path: Path) -> None:
    assert gristmill.run("analyze", "text.sentiment", rows(tmp_path, "REFUSED")).code == 1
    ran = gristmill.run("analyze", "text.sentiment", "-", "--json", stdin="REFUSED")
    assert (ran.code, ran.document["state"]) == (1, "failed")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_an_interrupt_cancels_what_waits_and_says_so(
    gristmill: Command, tmp_path: Path, number: signal.Signals
) -> None:
    file = rows(tmp_path, *[f"SLOW {n}" for n in range(200)])
    process = gristmill.start("batch", "text.sentiment", file, "--json")
    mine = "SELECT id FROM batches WHERE total = 200 AND outcome IS NULL"
    gristmill.wait_until(f"SELECT count(*) > 0 FROM jobs WHERE state = 'running' AND batch_id IN ({mine})")
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Interrupted: what waited is cancelled" in err
    states = [json.loads(line)["state"] for line in out.splitlines()]
    assert len(states) == 200
    assert states.count("cancelled") > 100


@pytest.mark.parametrize(
    ("name", "url", "words"),
    [
        ("DATABASE_URL", "postgresql://u:s3cret@127.0.0.1:1/x", "The database"),
        ("REDIS_URL", "redis://:s3cret@127.0.0.1:1/0", "The broker"),
    ],
)
def test_without_a_database_or_a_broker_the_answer_is_quick_and_clear(
    tmp_path: Path, name: str, url: str, words: str
) -> None:
    command = Command(tmp_path / "home", **{name: url})
    began_s = time.monotonic()
    ran = command.run("analyze", "text.sentiment", "-", stdin="good")
    assert time.monotonic() - began_s < 5
    assert ran.code == 1
    assert ran.err.startswith(f"Error: {words}")
    assert "s3cret" not in ran.err
