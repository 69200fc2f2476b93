"""The laws that hold after every step of the state machine, read from the database and from nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select

from models.schema import accounts, answers, batches, deliveries, events, jobs, ledger_entries
from models.states import PENDING, TERMINAL, Gate, Outcome
from tests.faults.world import World

AGAIN = "Run again with the others that failed"


def check(connection: Connection, world: World) -> None:
    """Every law, for everything there is."""
    rows = connection.execute(select(*jobs.c)).all()
    told = connection.execute(select(*events.c).order_by(events.c.id)).all()
    answered = set(connection.execute(select(answers.c.job_id)).scalars())
    owed = connection.execute(select(*deliveries.c)).all()
    groups = connection.execute(select(*batches.c)).all()
    _jobs_are_whole(rows)
    _ends_are_told_once(rows, told, answered)
    _the_ended_stay_as_they_are(rows, told, world)
    _holders_are_who_we_think(rows, world)
    _keys_are_unique(rows)
    _deliveries_are_owed_once(rows, owed)
    _credits_add_up(connection, rows)
    for group in groups:
        _batch_is_honest(group, [row for row in rows if row.batch_id == group.id], told)


def _jobs_are_whole(rows: Sequence[Any]) -> None:
    for row in rows:
        is_over = row.state in TERMINAL
        assert is_over == (row.finished_at_ms is not None), row
        if is_over:
            assert (row.holder, row.lease_until_ms, row.gate) == (None, None, None), row
        elif row.state == "running":
            assert row.lease_until_ms is not None, row
        else:
            assert row.holder is None, row
            assert row.lease_until_ms is None or row.state == "waiting", row


def _ends_are_told_once(rows: Sequence[Any], told: Sequence[Any], answered: set[str]) -> None:
    last = {event.job_id: event.state for event in told if event.job_id}
    completions = Counter(event.job_id for event in told if event.state == "completed" and event.job_id)
    for row in rows:
        assert last[row.id] == row.state, (row, last[row.id])
        done = row.state == "completed"
        assert completions[row.id] == int(done), row
        assert (row.id in answered) == done, row


def _the_ended_stay_as_they_are(rows: Sequence[Any], told: Sequence[Any], world: World) -> None:
    """Only who asks for it, or a batch's next round, makes an ended job live again."""
    rounds = {event.job_id: event.generation for event in told if (event.message or "").startswith(AGAIN)}
    for row in rows:
        before = world.ended.get(row.id)
        if before is not None and before.state == "failed" and rounds.get(row.id, 0) > before.generation:
            del world.ended[row.id]
            before = None
        if row.state in TERMINAL:
            world.ended.setdefault(row.id, row)
            assert before is None or tuple(before) == tuple(row), (before, row)
        else:
            assert before is None, ("it lives again though nobody asked", row)


def _holders_are_who_we_think(rows: Sequence[Any], world: World) -> None:
    held = {row.id: (row.generation, row.holder) for row in rows if row.holder is not None}
    believed = {job_id: (g.fence.generation, g.holder) for job_id, g in world.live.items()}
    assert held == believed


def _keys_are_unique(rows: Sequence[Any]) -> None:
    live = (r for r in rows if r.dedup_key and r.state not in ("failed", "cancelled"))
    keys = Counter((row.tenant_id, row.dedup_key) for row in live)
    assert all(times == 1 for times in keys.values()), keys


def _deliveries_are_owed_once(rows: Sequence[Any], owed: Sequence[Any]) -> None:
    there = Counter((one.owner_id, one.event, one.channel) for one in owed)
    assert all(times == 1 for times in there.values()), there
    for row in rows:
        if row.state in TERMINAL:
            for channel in row.channels:
                assert (row.id, f"job.{row.state}", channel) in there, row


def _credits_add_up(connection: Connection, rows: Sequence[Any]) -> None:
    moved: Counter[str] = Counter()
    for entry in connection.execute(select(*ledger_entries.c).order_by(ledger_entries.c.id)):
        moved[entry.tenant_id] += entry.amount
        assert entry.balance == moved[entry.tenant_id] >= 0, entry
    for account in connection.execute(select(*accounts.c)):
        assert account.balance == moved[account.tenant_id], (account, moved)
    assert all(row.reserved_credits == 0 for row in rows if row.state in TERMINAL), "kept beyond the end"


def _batch_is_honest(group: Any, members: Sequence[Any], told: Sequence[Any]) -> None:
    states = Counter(member.state for member in members)
    assert group.total == len(members), group
    for state in TERMINAL:
        assert getattr(group, state) == states[state], (group, states)
    is_over = group.sealed and all(member.state in TERMINAL for member in members)
    assert (group.outcome is not None) == is_over, (group, states)
    if group.outcome == Outcome.COMPLETED:
        assert states["completed"] == group.total, group
    if group.parallel_limit is not None:
        under_way = sum(m.state not in TERMINAL and m.gate != Gate.BATCH for m in members)
        assert under_way <= group.parallel_limit, (group, under_way)
        waits = any(m.gate == Gate.BATCH and m.state in PENDING for m in members)
        assert under_way == group.parallel_limit or not waits, ("its gate is shut for no reason", group)
    ends = [event.state for event in told if event.batch_id == group.id and event.job_id is None]
    assert len(ends) >= int(is_over), group
    assert not is_over or ends[-1] == group.outcome, (group, ends)
