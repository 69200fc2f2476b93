"""Retention, on both databases: what may go goes with all that hangs on it, and nothing else does."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import Table, func, insert, select, update
from typer.testing import CliRunner

from cli.main import app
from models.claims import Fence
from models.database import clock, new_id, reading, transact, writing
from models.idempotency import Token, remember
from models.removal import remove_some_jobs
from models.replies import NewReply, find_replies, keep_replies
from models.retention import Keep, take_turn
from models.schema import (
    answers,
    batches,
    charges,
    contents,
    deliveries,
    events,
    idempotency_keys,
    jobs,
    replies,
)
from pipelines.cleanup import HOUR_MS, cleanup, cleanup_if_due
from tests.harness.environment import environment
from tests.steps.rows import (
    TENANT,
    at_once,
    batch,
    change,
    complete,
    end_badly,
    fence,
    members,
    put,
    put_batch,
    running,
    send,
    take,
)

pytestmark = pytest.mark.usefixtures("database_url")

DAY_MS = 86_400_000
NOTHING = Keep(completed_days=0, failed_days=0, replies_days=0)


def now() -> int:
    with reading() as connection:
        return clock(connection)


def count(table: Table, **same: Any) -> int:
    with reading() as connection:
        where = [table.c[name] == value for name, value in same.items()]
        return int(connection.execute(select(func.count()).select_from(table).where(*where)).scalar_one())


def completed(*, days_ago: float = 1, **changes: Any) -> str:
    """A job that completed so long ago."""
    held = running(**changes)
    complete(held)
    aged(held.job_id, days_ago)
    return held.job_id


def aged(job_id: str, days_ago: float) -> None:
    change(job_id, finished_at_ms=now() - int(days_ago * DAY_MS))


def failed(*, days_ago: float = 1, **changes: Any) -> str:
    held = running(**changes)
    end_badly(held)
    aged(held.job_id, days_ago)
    return held.job_id


def left() -> set[str]:
    with reading() as connection:
        return set(connection.execute(select(jobs.c.id)).scalars())


def reply(job_id: str, *, days_ago: float, key: str = "k") -> None:
    with writing() as connection:
        told = {"provider": "p", "model": "m", "prompt_version": 1, "text": "t", "raw": {}, "finish": "stop"}
        used = dict.fromkeys(("input_tokens", "output_tokens", "cached_input_tokens", "reasoning_tokens"), 1)
        asked = {"tenant_id": TENANT, "analysis": "test.trivial", "key": key, "fence": Fence(job_id, 1)}
        new = NewReply(**asked, **told, **used, latency_ms=1, cost_micro=1)
        keep_replies(connection, [new], clock(connection) - int(days_ago * DAY_MS))


def test_a_job_goes_with_all_that_hangs_on_it_and_a_neighbour_keeps_its_own() -> None:
    gone, stays = completed(days_ago=10), completed(days_ago=1)
    with writing() as connection:
        for job_id in (gone, stays):
            remember(connection, Token(TENANT, job_id, "d"), job_id)
            row = {"id": new_id(), "tenant_id": TENANT, "owner_id": job_id, "event": "e", "channel": "c"}
            row |= {"state": "sent", "attempts": 1, "created_at_ms": 1}
            connection.execute(insert(deliveries), row)
    removed = cleanup(Keep(completed_days=5))
    assert removed == {
        **dict.fromkeys(("jobs", "answers", "contents", "deliveries", "idempotency_keys"), 1),
        "events": 3,
    }
    for table in (jobs, answers, contents, deliveries, idempotency_keys):
        assert count(table) == 1
    assert count(events, job_id=gone) == 0
    assert count(events, job_id=stays) == 3


def test_age_is_counted_from_the_end_and_by_how_it_ended() -> None:
    old, young = completed(days_ago=4), completed(days_ago=2)
    bad, worse = failed(days_ago=4), failed(days_ago=9)
    cleanup(Keep(completed_days=3, failed_days=5))
    assert left() == {young, bad}
    assert {old, worse}.isdisjoint(left())


def test_the_newest_of_each_tenants_queue_are_kept_by_count() -> None:
    mine = [completed(days_ago=9 - n) for n in range(4)]
    theirs = [completed(days_ago=20 - n, tenant_id="other") for n in range(3)]
    elsewhere = [completed(days_ago=30 - n, queue="documents") for n in range(3)]
    bad = [failed(days_ago=9 - n) for n in range(3)]
    cleanup(Keep(completed_count=2, failed_count=1))
    assert left() == {*mine[2:], *theirs[1:], *elsewhere[1:], bad[2]}


def test_with_a_count_and_an_age_both_have_a_say() -> None:
    made = [completed(days_ago=9 - n) for n in range(4)]
    cleanup(Keep(completed_count=3, completed_days=7.5))
    assert left() == set(made[2:])


def test_only_the_tenant_and_the_queue_that_were_named_are_touched() -> None:
    theirs, elsewhere, mine = completed(tenant_id="other"), completed(queue="documents"), completed()
    cleanup(NOTHING, tenant=TENANT, queue="ai_analysis")
    assert left() == {theirs, elsewhere}
    assert mine not in left()


def test_what_has_not_ended_stays() -> None:
    waiting, scheduled, held = put(), put(delay_ms=60_000), running()
    between = running()
    end_badly(between, retry_in_ms=60_000)
    cleanup(Keep(0, 0, 0, 0, 0))
    assert left() == {waiting, scheduled, held.job_id, between.job_id}


def test_a_member_stays_while_its_batch_runs_and_the_batch_goes_with_its_last_member() -> None:
    batch_id = put_batch(3)
    send()
    first, *rest = [fence(member.id) for member in members(batch_id)]
    take([first, *rest])
    complete(first)
    assert cleanup(NOTHING) == {}
    assert len(members(batch_id)) == 3
    complete(*rest)
    assert batch(batch_id).outcome == "completed"
    change(first.job_id, finished_at_ms=1)
    cleanup(Keep(completed_days=5))
    assert len(members(batch_id)) == 2
    assert cleanup(Keep(completed_count=0))["batches"] == 1
    assert count(batches) == count(jobs) == 0


def test_a_batch_without_members_goes_when_it_is_old() -> None:
    batch_id = put_batch(0)
    assert cleanup(Keep(completed_days=5, failed_days=5)) == {}
    with writing() as connection:
        connection.execute(update(batches).where(batches.c.id == batch_id).values(finished_at_ms=1))
    assert cleanup(Keep(completed_days=5, failed_days=5))["batches"] == 1


def test_a_job_that_still_owes_a_notice_stays() -> None:
    job_id = completed(channels=["file:x.jsonl"])
    assert cleanup(NOTHING) == {}
    with writing() as connection:
        connection.execute(update(deliveries).values(state="sent"))
    assert cleanup(NOTHING)["jobs"] == 1
    assert job_id not in left()


def test_a_content_that_another_job_is_about_stays_until_that_one_goes() -> None:
    first, second = completed(days_ago=9), completed(days_ago=1)
    with reading() as connection:
        about = connection.execute(select(jobs.c.content_id).where(jobs.c.id == first)).scalar_one()
    change(second, content_id=about)
    removed = cleanup(Keep(completed_days=5))
    assert (removed["jobs"], removed["contents"]) == (1, 0)
    assert cleanup(NOTHING)["contents"] == 2  # the one it is about, and its own, which nobody refers to


def test_a_reply_outlives_its_job_and_goes_by_its_own_age() -> None:
    job_id, busy = completed(days_ago=50), running()
    reply(job_id, days_ago=9, key="old")
    reply(job_id, days_ago=2, key="young")
    reply(busy.job_id, days_ago=9, key="of a job that runs")
    cleanup(Keep(completed_days=5))
    assert (count(jobs, id=job_id), count(replies)) == (0, 3)
    assert cleanup(Keep(replies_days=5)) == {"replies": 1}
    with reading() as connection:
        found = find_replies(connection, [(TENANT, key) for key in ("old", "young", "of a job that runs")])
    assert {key for _, key in found} == {"young", "of a job that runs"}


def test_charges_of_a_job_that_is_gone_go_when_they_are_old() -> None:
    waiting = put()
    with writing() as connection:
        names = ("job_id", "reply_id", "analysis", "provider", "model")
        charge = {"tenant_id": TENANT, "at_ms": 1} | dict.fromkeys(names, "gone")
        kept = [{"at_ms": clock(connection)}, {"job_id": waiting}]
        connection.execute(insert(charges), [charge, *(charge | other for other in kept)])
    assert cleanup(Keep(completed_days=5, failed_days=5)) == {"charges": 1}


def test_no_number_of_an_event_is_given_twice() -> None:
    completed()
    with reading() as connection:
        newest = connection.execute(select(func.max(events.c.id))).scalar_one()
    cleanup(NOTHING)
    put()
    with reading() as connection:
        fresh = connection.execute(select(func.max(events.c.id))).scalar_one()
    assert fresh > newest


def test_each_transaction_is_bounded_and_together_they_remove_all() -> None:
    batch_id = put_batch(450)
    with writing() as connection:
        connection.execute(update(jobs).values(state="completed", finished_at_ms=1))
        connection.execute(update(batches).values(outcome="completed", finished_at_ms=1))
    removed = transact(lambda connection: remove_some_jobs(connection))
    assert removed["jobs"] == 200
    assert cleanup(NOTHING)["jobs"] == 250
    assert count(batches, id=batch_id) == 0


def test_several_cleanups_at_once_remove_each_job_once() -> None:
    put_batch(450)
    with writing() as connection:
        connection.execute(update(jobs).values(state="completed", finished_at_ms=1))
        connection.execute(update(batches).values(outcome="completed", finished_at_ms=1))
    removed = at_once(4, lambda _: cleanup(NOTHING))
    assert sum(one["jobs"] for one in removed) == 450
    assert count(jobs) == count(contents) == count(batches) == 0


def test_a_dry_run_counts_and_touches_nothing() -> None:
    made = {completed(days_ago=9), completed(days_ago=1)}
    reply(next(iter(made)), days_ago=9)
    found = cleanup(Keep(completed_days=5, replies_days=5), dry_run=True)
    assert found == {"jobs": 1, "replies": 1}
    assert left() == made


def test_the_fleet_cleans_up_once_an_hour_whoever_asks() -> None:
    completed(days_ago=2)
    with environment(KEEP_COMPLETED_DAYS="1"):
        ran = [one for one in at_once(6, lambda _: cleanup_if_due()) if one is not None]
    assert [one["jobs"] for one in ran] == [1]
    with writing() as connection:
        assert not take_turn(connection, every_ms=HOUR_MS, now=clock(connection))
        assert take_turn(connection, every_ms=HOUR_MS, now=clock(connection) + HOUR_MS + 1)


def test_a_zero_in_the_settings_keeps_for_ever() -> None:
    kept = completed(days_ago=5_000)
    with environment(KEEP_COMPLETED_DAYS="0", KEEP_FAILED_DAYS="0", KEEP_REPLIES_DAYS="0"):
        assert cleanup_if_due() == {}
    assert left() == {kept}


def test_the_command_counts_first_where_asked_and_prints_what_went() -> None:
    made = [completed(days_ago=9 - n) for n in range(4)]
    dry = CliRunner().invoke(app, ["cleanup", "--older-than", "7d", "--dry-run", "--json"])
    assert json.loads(dry.stdout) == {"dry_run": True, "removed": {"jobs": 3}}
    assert left() == set(made)
    done = CliRunner().invoke(app, ["cleanup", "--keep-completed", "2", "--json", "--yes"])
    assert done.exit_code == 0, (done.output, done.exception)
    assert json.loads(done.stdout)["removed"] == {"answers": 2, "contents": 2, "events": 6, "jobs": 2}
    assert left() == set(made[2:])
    unasked = CliRunner().invoke(app, ["cleanup", "--keep-completed", "1", "--tenant", TENANT])
    assert (unasked.exit_code, unasked.stdout) == (2, "")
    assert f"1 ended jobs of the tenant {TENANT}, their answers and timelines would be removed" in str(
        unasked.stderr or unasked.exception
    )
    assert left() == set(made[2:])
    wrong = CliRunner().invoke(app, ["cleanup", "--older-than", "soon"])
    assert (wrong.exit_code, wrong.stdout) == (2, "")
