"""The commands as people type them, with real workers under them, on either database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command import Command, Up
from tests.harness.databases import KINDS, Databases

pytestmark = pytest.mark.live

GOOD = {"id": "a", "text": "I love this wonderful place."}
BAD = {"id": "b", "text": "A terrible, horrible mess."}


@pytest.fixture(scope="module", params=KINDS)
def gristmill(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Command]:
    """The command, with `gristmill up` running under it."""
    url = databases.fresh(request.param, migrated=False)
    command = Command(tmp_path_factory.mktemp("cli") / "home", DATABASE_URL=url)
    up = Up(command, "--no-web", "--no-scheduler", "--processes", "1")
    try:
        up.wait_for("Ready in")
        yield command
        assert up.stop() == 0, up.text
    finally:
        up.end()
        databases.drop(url)


def jsonl(folder: Path, *rows: object) -> str:
    file = folder / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(file)


def test_a_batch_gives_each_row_its_answer_with_its_own_id_and_maker(
    gristmill: Command, tmp_path: Path
) -> None:
    file = jsonl(tmp_path, GOOD, {"text": ""}, BAD)
    ran = gristmill.run("batch", "text.sentiment", file, "--json", "--skip-bad-rows")
    assert ran.code == 3, ran.err
    assert "rows.jsonl, line 2" in ran.err
    first, second = ran.lines
    assert (first["id"], first["state"], first["answer"]["label"]) == ("a", "completed", "positive")
    assert (second["id"], second["answer"]["label"]) == ("b", "negative")
    assert (first["provider"], first["model"], first["error"]) == ("local", "local", None)
    assert first["prompt_version"] >= 1
    shown = gristmill.run("jobs", "show", first["job_id"], "--json").document
    assert [event["state"] for event in shown["timeline"]][-1] == "completed"
    assert shown["answer"] == first["answer"]


def test_a_batch_that_stands_still_says_why_and_whoever_watches_may_choose_another_model(
    gristmill: Command, tmp_path: Path
) -> None:
    assert gristmill.run("queues", "set", "ai_analysis", "--rate", "1/1s").code == 0
    gristmill.run("queues", "pause", "ai_analysis")
    file = jsonl(tmp_path, GOOD, BAD)
    waiting = gristmill.start("batch", "text.sentiment", file, "--json", "--model", "scripted/any")
    assert waiting.stderr is not None
    for line in waiting.stderr:
        if "Waiting: The queue ai_analysis is paused" in line:
            break
    gristmill.run("queues", "resume", "ai_analysis")
    out, _ = waiting.communicate(timeout=40)
    answers = [json.loads(line) for line in out.splitlines()]
    assert [(one["state"], one["provider"]) for one in answers] == [("completed", "scripted")] * 2
    gristmill.run("queues", "set", "ai_analysis", "--unlimited")
    ran = gristmill.run("batch", "text.sentiment", file, "--json", "--model", "nobody/any")
    assert (ran.code, ran.out) == (2, "")
    assert "names no model" in ran.err


def test_an_evaluation_through_jobs_is_that_of_the_analyser(gristmill: Command, tmp_path: Path) -> None:
    rows = [GOOD | {"label": {"sentiment": "positive"}}, BAD | {"label": {"sentiment": "neg"}}]
    arguments = ("evaluate", "text.sentiment", jsonl(tmp_path, *rows), "--label", "label.sentiment", "--json")
    ran = gristmill.run(*arguments, "--through-jobs")
    assert (ran.code, ran.document["figures"]["accuracy"], ran.document["unanswered"]) == (0, 1.0, 0)


def test_a_model_and_a_version_of_the_prompt_are_measured_through_jobs(
    gristmill: Command, tmp_path: Path
) -> None:
    rows = [GOOD | {"label": {"sentiment": "positive"}}, BAD | {"label": {"sentiment": "neg"}}]
    arguments = ("evaluate", "text.sentiment", jsonl(tmp_path, *rows), "--label", "label.sentiment", "--json")
    ran = gristmill.run(*arguments, "--model", "scripted/any", "--prompt-version", "1", "--name", "scripted")
    assert (ran.code, ran.document["answerer"], ran.document["prompt_version"]) == (0, "scripted/any", 1)
    local = gristmill.run(*arguments, "--name", "local")
    assert (local.document["answerer"], local.document["batch_id"]) == ("local", None)
    told = gristmill.run("evaluations", "compare", "scripted", "local", "--json").document
    assert told["difference"]["value"] == 1.0 - ran.document["figures"]["accuracy"]


def test_the_doctor_finds_all_well(gristmill: Command) -> None:
    ran = gristmill.run("doctor", "--json")
    assert ran.code == 0, ran.out
    checks = {check["name"]: check for check in ran.document["checks"]}
    assert all(checks[name]["ok"] for name in ("database", "broker", "workers", "llm", "clock"))
    assert ran.document["redis_url"].startswith("unix://")


@pytest.mark.parametrize(
    ("analysis", "file", "count"),
    [
        ("story.enhance", "stories/tech_stories.jsonl", 206),
        ("text.sentiment", "reviews/sentiment_labelled_sentences.jsonl", 957),
    ],
)
def test_every_real_row_is_completed(
    gristmill: Command, shared: Path, analysis: str, file: str, count: int
) -> None:
    ran = gristmill.run("analyze", analysis, str(shared / "data" / file), "--json")
    assert ran.code == 0, ran.err
    assert len(ran.lines) == len({line["id"] for line in ran.lines}) == count
    assert {line["state"] for line in ran.lines} == {"completed"}
    assert f"{count} of {count}" in ran.err
