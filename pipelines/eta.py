"""Eta: when a job or batch may end, judged by its pace so far, or why nothing can be said of it yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from models.limits import get_limits
from models.lookups import lane_of_open_member
from models.states import TERMINAL, State

EARLIEST_SHARE = 0.05  # of a batch must have ended before its pace says anything
HELD_UP_AFTER_MS = 2_000  # without any member ending, when all should have ended by then
STALLED_AFTER_MS = 30_000  # without any member ending, and …
STALLED_AFTER_PACES = 10  # … for as many times as long as one took before


@dataclass(frozen=True, slots=True)
class Eta:
    """`left_s` seconds until it ends; None while that cannot be told, and then `hidden` says why."""

    left_s: float | None
    hidden: str | None = None

    def __str__(self) -> str:
        return f"no estimate: {self.hidden}" if self.left_s is None else f"about {self.left_s:.0f} s left"


def batch_eta(connection: Connection, row: Any, now: int) -> Eta:
    """Of a batch's row: the pace since it was made, over what is left."""
    ended = row.completed + row.failed + row.cancelled
    if row.outcome is not None:
        return Eta(0.0)
    if row.stop_reason is not None:
        return Eta(None, "it is being stopped")
    if not row.sealed:
        return Eta(None, "its members are still being submitted")
    if paused := _paused(connection, row):
        return Eta(None, f"paused: the {paused}")
    if ended < max(1, EARLIEST_SHARE * row.total):
        return Eta(None, "too early: less than a twentieth has ended")
    pace_ms = (row.moved_at_ms - row.created_at_ms) / ended
    quiet_ms = now - row.moved_at_ms
    if quiet_ms > max(STALLED_AFTER_MS, STALLED_AFTER_PACES * pace_ms):
        return Eta(None, f"stalled: nothing has ended for {quiet_ms / 1000:.0f} s")
    left_ms = pace_ms * (row.total - ended) - quiet_ms
    if left_ms <= 0 and quiet_ms > HELD_UP_AFTER_MS:  # by its pace it would be over: something holds it
        return Eta(None, f"held up: nothing has ended for {quiet_ms / 1000:.0f} s")
    return Eta(max(0.0, left_ms / 1000))


def job_eta(row: Any, now: int) -> Eta:
    """Of a job's row: how long it has run, over how far it is."""
    if row.state in TERMINAL:
        return Eta(0.0)
    if row.awaits_batch_id is not None and row.gate is not None:
        return Eta(None, f"it waits for the batch {row.awaits_batch_id}")
    if row.state != State.RUNNING:
        return Eta(None, f"it is {row.state}")
    if not row.progress or row.started_at_ms is None:
        return Eta(None, "too early: it has just begun")
    return Eta((now - row.started_at_ms) / 1000 * (100 - row.progress) / row.progress)


def _paused(connection: Connection, row: Any) -> str | None:
    """What a person paused, of what the members that are left pass: their queue, their source, the tenant."""
    lane = lane_of_open_member(connection, row.tenant_id, row.id)
    if lane is None:
        return None
    keys = [("queue", lane.queue), ("source", lane.source), ("tenant", lane.tenant_id)]
    found = get_limits(connection, keys).values()
    return next((f"{limit.scope} {limit.name}" for limit in found if limit.paused), None)
