"""The small queries of models/, on both databases: fleet, counts, lookups, replies, tenants and keys."""

from __future__ import annotations

import time
from typing import Any

import pytest
from sqlalchemy import select, update

from actors.middleware import presence
from errors import NotFound
from models.claims import Fence
from models.counts import counts_by_state, waiting_count
from models.database import clock, new_id, reading, transact, writing
from models.fleet import FORGOTTEN_AFTER_MS, Member, leave, living, report
from models.lookups import (
    JobFilter,
    answer_row,
    batch_row,
    content_row,
    ended_members,
    job_events,
    job_row,
    list_jobs,
    list_members,
)
from models.marks import take_turn
from models.replies import NewReply, find_replies, keep_replies, reply_key
from models.schema import api_keys, marks, replies, tenants
from models.tenants import (
    create_key,
    ensure_tenant,
    find_caller,
    has_keys,
    list_keys,
    revoke_key,
)
from tests.steps.rows import TENANT, at_once, change, complete, job, members, put, put_batch, running

pytestmark = pytest.mark.usefixtures("database_url")


def test_the_clock_is_the_databases_and_in_milliseconds() -> None:
    with reading() as connection:
        first, second = clock(connection), clock(connection)
    assert first <= second
    assert abs(first - time.time() * 1000) < 5_000


def break_off() -> None:
    with writing() as connection:
        ensure_tenant(connection, "ghost")
        raise ZeroDivisionError


def test_a_transaction_that_breaks_leaves_nothing_behind() -> None:
    with pytest.raises(ZeroDivisionError):
        break_off()
    with reading() as connection:
        assert connection.execute(select(tenants.c.id)).all() == []


def test_workers_are_heard_of_leave_and_are_forgotten_after_a_day() -> None:
    with writing() as connection:
        now = clock(connection)
        report(connection, Member("a", "host", 1, 8), now)
        report(connection, Member("b", "host", 2, 8), now - 50_000)
        report(connection, Member("c", "host", 3, 8), now - FORGOTTEN_AFTER_MS - 1)
        report(connection, Member("a", "host", 1, 16), now + 5)
        assert [(w.id, w.threads) for w in living(connection, since_ms=now - 1)] == [("a", 16)]
        assert {w.id for w in living(connection, since_ms=0)} == {"a", "b"}
        leave(connection, "a")
        assert {w.id for w in living(connection, since_ms=0)} == {"b"}


def test_jobs_are_counted_by_state_and_tenant_and_every_state_is_named() -> None:
    put(), put(delay_ms=60_000), put(tenant_id="someone-else")
    with reading() as connection:
        counts = counts_by_state(connection, TENANT)
        assert waiting_count(connection) == 2
    assert (counts["waiting"], counts["scheduled"], counts["completed"]) == (1, 1, 0)
    assert len(counts) == 7


def test_what_waits_is_counted_by_one_worker_of_the_fleet_and_told_by_all() -> None:
    put(), put()
    assert [presence._waiting() for _ in range(3)] == [2, 2, 2]
    put()
    assert presence._waiting() == 2  # as the fleet counted it
    with writing() as connection:
        connection.execute(update(marks).where(marks.c.name == presence.COUNTED).values(value=0))
    assert presence._waiting() == 3


def test_a_turn_is_taken_by_one_of_many_that_ask_at_once() -> None:
    def take(_: int) -> bool:
        return transact(lambda c: take_turn(c, "turn", every_ms=60_000, now=clock(c)))

    assert sum(at_once(8, take)) == 1


def test_another_tenant_sees_nothing_of_a_job() -> None:
    held = running()
    complete(held)
    batch_id, row = put_batch(1), job(held.job_id)
    with reading() as connection:
        assert job_row(connection, TENANT, row.id).id == row.id
        found = answer_row(connection, TENANT, row.id)
        assert found is not None
        assert found.answer == {"did": "it"}
        for look in (job_row, batch_row, content_row):
            wanted = {job_row: row.id, batch_row: batch_id, content_row: row.content_id}[look]
            assert look(connection, TENANT, wanted).id == wanted
            with pytest.raises(NotFound):
                look(connection, "someone-else", wanted)
        assert answer_row(connection, "someone-else", row.id) is None
        assert job_events(connection, "someone-else", row.id) == []
        assert list_jobs(connection, "someone-else", JobFilter(), limit=10) == []
        assert list_members(connection, "someone-else", batch_id) == []
        assert ended_members(connection, "someone-else", batch_id, after=(0, "")) == []


def test_jobs_are_listed_newest_first_by_pages_and_by_what_they_are() -> None:
    made = [put(analysis=f"a.{n % 2}") for n in range(6)]
    change(made[0], state="failed")
    with reading() as connection:

        def listed(limit: int = 10, **which: str) -> list[str]:
            return [row.id for row in list_jobs(connection, TENANT, JobFilter(**which), limit=limit)]

        assert listed() == made[::-1]
        assert listed(limit=2, after=made[3]) == [made[2], made[1]]
        assert listed(state="failed") == [made[0]]
        assert listed(analysis="a.1") == made[5::-2]


def test_members_are_listed_in_order_with_their_answers_by_pages() -> None:
    batch_id = put_batch(5)
    ids = [row.id for row in members(batch_id)]
    change(ids[0], state="running", holder="host:1:me", lease_until_ms=10**15)
    complete(Fence(ids[0], 0))
    with reading() as connection:
        page = list_members(connection, TENANT, batch_id, limit=2)
        rest = list_members(connection, TENANT, batch_id, after=page[-1].id)
        assert [row.id for row in page + rest] == ids
        assert [row.answer_answer for row in page] == [{"did": "it"}, None]
        ended = ended_members(connection, TENANT, batch_id, after=(0, ""))
        assert [row.id for row in ended] == [ids[0]]
        last = (ended[-1].finished_at_ms, ended[-1].id)
        assert ended_members(connection, TENANT, batch_id, after=last) == []


def test_a_timeline_is_read_from_where_one_left_off() -> None:
    held = running()
    with reading() as connection:
        seen = job_events(connection, TENANT, held.job_id)
        assert [event.state for event in seen] == ["waiting", "running"]
        assert job_events(connection, TENANT, held.job_id, after=seen[0].id) == seen[1:]


def reply(key: str, tenant: str = TENANT, text: str = "{}") -> str:
    fence, raw, tokens = Fence("job", 1), {"text": text}, (1, 2, 3, 4)
    with writing() as connection:
        new = NewReply(tenant, "a", key, fence, "p", "m", 1, text, raw, *tokens, 7, 5, "stop")
        return keep_replies(connection, [new], clock(connection))[0].id


def test_the_newest_reply_that_was_not_found_wanting_is_found_again_by_its_own_tenant() -> None:
    first, second = reply("k", text="first"), reply("k", text="second")
    mine, other = reply("other"), (TENANT, "k")
    with writing() as connection:
        found = find_replies(connection, [other, (TENANT, "other"), ("someone-else", "k"), (TENANT, "no")])
        assert {key: kept.id for key, kept in found.items()} == {other: second, (TENANT, "other"): mine}
        kept = found[other]
        assert (kept.text, kept.provider, kept.model, kept.cost_micro) == ("second", "p", "m", 7)
        connection.execute(replies.update().where(replies.c.id == second).values(accepted=False))
        assert find_replies(connection, [other])[other].id == first


def test_replies_share_a_key_only_where_everything_that_matters_is_the_same() -> None:
    base: dict[str, Any] = {"provider": "p", "model": "m", "prompt_version": 1, "prompt": "text"}
    base["schema"] = {"a": 1, "b": 2}
    others = {"provider": "q", "model": "n", "prompt_version": 2, "schema": {}, "prompt": "other"}
    changes = [{name: value} for name, value in others.items()]
    keys = {reply_key(**(base | change)) for change in changes}
    same = reply_key(**(base | {"schema": {"b": 2, "a": 1}}))
    assert same == reply_key(**base)
    assert len(keys | {same}) == 6


def test_a_key_opens_its_tenant_until_it_is_revoked_and_is_nowhere_kept() -> None:
    with writing() as connection:
        assert not has_keys(connection)
        ensure_tenant(connection, TENANT)
        key = create_key(connection, tenant_id=TENANT, name="mine", role="operator")
        assert has_keys(connection)
        caller = find_caller(connection, key)
        assert caller is not None
        assert (caller.tenant_id, caller.role) == (TENANT, "operator")
        assert (caller.may("viewer"), caller.may("operator"), caller.may("admin")) == (True, True, False)
        kept = connection.execute(select(*api_keys.c)).one()
        assert key not in str(tuple(kept))
        assert find_caller(connection, key[:-1]) is None
        (listed,) = list_keys(connection, TENANT)
        assert set(listed) == {"id", "name", "role", "prefix", "created_at_ms", "revoked_at_ms"}
        with pytest.raises(NotFound):
            revoke_key(connection, "someone-else", caller.key_id)
        revoke_key(connection, TENANT, caller.key_id)
        assert find_caller(connection, key) is None


def test_a_tenant_is_made_once() -> None:
    with writing() as connection:
        ensure_tenant(connection, "t")
        ensure_tenant(connection, "t")


def test_ids_made_in_many_threads_are_all_different() -> None:
    made = [i for ids in at_once(8, lambda _: [new_id() for _ in range(500)]) for i in ids]
    assert len(set(made)) == 4_000
    assert {len(i) for i in made} == {26}
