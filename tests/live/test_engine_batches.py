"""Batches on real workers: honest outcomes, tolerance, parallel_limit, cancellation, retry of members."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipelines import analyze, analyze_many
from tests.harness.ground import CHANNEL, Ground
from tests.harness.proof import most_at_once, proof, timeline
from tests.harness.traces import TRIVIAL

pytestmark = pytest.mark.live


def test_a_batch_within_its_tolerance_completes_and_names_its_failures(fleet: Ground) -> None:
    texts = [f"{'refuse' if n % 20 == 0 else 'work'}; five percent {n}" for n in range(400)]
    batch = fleet.submit(texts, failure_tolerance=0.05).wait(60)
    assert batch.outcome == "completed_with_failures"
    counts = batch.counts
    assert (counts.total, counts.completed, counts.failed, counts.cancelled) == (400, 380, 20, 0)
    failures = list(batch.failures())
    assert {failure.error_class for failure in failures} == {"invalid_input"}
    assert len(failures) == 20
    assert sum(1 for _ in batch.answers()) == 380


def test_a_batch_over_its_tolerance_fails_and_starts_no_more(fleet: Ground) -> None:
    texts = [f"refuse; too many {n}" for n in range(300)]
    batch = fleet.submit(texts, failure_tolerance=5, parallel_limit=4).wait(60)
    counts = batch.counts
    began = sum(times for text, times in fleet.runs().items() if "too many" in text)
    print(f"{began} of 300 began, {counts}")
    assert batch.outcome == "failed"
    assert counts.failed + counts.cancelled == counts.total == 300
    assert 6 <= counts.failed <= began <= 6 + 4
    assert counts.cancelled >= 290


def test_parallel_limit_is_reached_and_never_exceeded(fleet: Ground) -> None:
    batch = fleet.submit([f"sleep 20; limited {n}" for n in range(90)], parallel_limit=3).wait(60)
    assert batch.outcome == "completed"
    assert most_at_once([member.id for member in batch.members()]) == 3


def test_failed_members_run_again_when_asked_and_the_outcome_follows(fleet: Ground) -> None:
    texts = [f"{'fail 3' if n < 5 else 'work'}; again {n}" for n in range(50)]
    batch = fleet.submit(texts).wait(60)
    assert (batch.outcome, batch.counts.failed) == ("completed_with_failures", 5)
    assert batch.retry_failed() == 5
    batch.wait(60)
    assert (batch.outcome, batch.counts.completed, batch.counts.failed) == ("completed", 50, 0)


def test_cancelling_a_batch_ends_what_waits_and_what_runs(fleet: Ground) -> None:
    batch = fleet.submit([f"sleep 30; cancelled {n}" for n in range(300)])
    fleet.wait_until(lambda: batch.counts.completed > 0)
    at_once = batch.cancel()
    batch.wait(30)
    counts = batch.counts
    print(f"{at_once} cancelled at once, {counts}")
    assert batch.outcome == "cancelled"
    assert counts.cancelled >= at_once > 0
    assert counts.ended == counts.total == 300


def test_every_member_is_told_as_it_ends_and_once(fleet: Ground) -> None:
    batch = fleet.submit([f"sleep {n % 7}; as completed {n}" for n in range(200)])
    told = [job.id for job in batch.as_completed(timeout=60)]
    assert sorted(told) == sorted(member.id for member in batch.members())


def test_a_batch_of_nothing_completes_at_once(fleet: Ground) -> None:
    assert fleet.submit([]).outcome == "completed"


def test_a_batch_ends_once_and_tells_each_channel_of_it_and_of_each_member_once(fleet: Ground) -> None:
    texts = [f"told {n}" for n in range(50)]
    batch = fleet.submit(texts, notify=["file:whole.jsonl"], notify_members=[CHANNEL]).wait(60)
    notices = fleet.home / "notices" / "default"
    mine = [member.id for member in batch.members()]
    fleet.wait_until(lambda: told(notices / "whole.jsonl") and len(told(notices / "ended.jsonl")) >= 50)
    assert sorted(notice["job_id"] for notice in told(notices / "ended.jsonl")) == sorted(mine)
    (notice,) = told(notices / "whole.jsonl")
    assert (notice["event"], notice["batch_id"], notice["job_id"]) == ("batch.completed", batch.id, None)
    assert len([e for e in timeline(mine) if e.state == "completed"]) == 50


def told(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def test_failed_members_run_again_by_themselves_and_what_follows_runs_once(fleet: Ground) -> None:
    texts = [f"{'fail 4' if n % 5 == 0 else 'work'}; mended {n}" for n in range(40)]
    following = analyze(TRIVIAL, {"text": "after the mended"})
    options = {"failure_tolerance": 0, "retry_failed": 2, "parallel_limit": 6}
    batch = analyze_many(TRIVIAL, texts, **options).then(following).submit().wait(60)
    assert (batch.outcome, batch.counts.completed, batch.row.rounds_used) == ("completed", 40, 1)
    assert following.wait(20).state == "completed"
    assert fleet.runs()["after the mended"] == 1


def test_what_follows_runs_also_when_all_members_failed(fleet: Ground) -> None:
    following = analyze(TRIVIAL, {"text": "after nothing worked"})
    batch = analyze_many(TRIVIAL, [f"refuse; {n}" for n in range(20)], failure_tolerance=0).then(following)
    assert batch.submit().wait(60).outcome == "failed"
    assert following.wait(20).state == "completed"


def test_after_all_that_nothing_is_lost_doubled_or_miscounted(fleet: Ground) -> None:
    found = proof()
    found.assert_sound(found.accepted)
