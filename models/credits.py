"""Credits: each tenant's account and its ledger, which is only ever added to.

A job's price is reserved when it is admitted; at its end the reservation is settled, or refunded:

    settled    it completed with a reply that a model was asked for since the reservation
    refunded   it failed, was cancelled, or was answered at no cost: from the result cache, or locally

So credits follow what was really asked, and a repeat is free here as well. Every movement of a transaction
is written at its very end, tenant by tenant: accounts are locked last, in the order of their ids.
A tenant without an account is not metered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, func, insert, literal, select, update

from errors import Conflict, InvalidInput
from models.database import clock
from models.inserting import insert_or
from models.schema import accounts, jobs, ledger_entries, replies
from models.states import State

MOST_GRANTED = 1_000_000_000_000
NOTED = "credits moved"
ENDED = "metered jobs that ended"


class Kind(StrEnum):
    """What moved credits."""

    GRANT = "grant"  # somebody gave them
    RESERVE = "reserve"  # a job was admitted
    SETTLE = "settle"  # it took them for good
    REFUND = "refund"  # it did not


@dataclass(frozen=True, slots=True)
class Movement:
    """`amount` goes into the balance; negative where it leaves."""

    tenant_id: str
    kind: Kind
    amount: int
    job_id: str | None = None
    note: str | None = None
    request_key: str | None = None


def grant(
    connection: Connection,
    tenant_id: str,
    amount: int,
    note: str | None = None,
    *,
    request_key: str | None = None,
) -> int:
    """Give credits, and an account where there is none yet (0 opens it); gives the balance then.

    A grant under a `request_key` that granted before does nothing. Raises Conflict if that was for another
    amount, and InvalidInput.
    """
    if not 0 <= amount <= MOST_GRANTED:
        raise InvalidInput(f"A grant must lie between 0 and {MOST_GRANTED:,} credits.")
    opened = insert_or(connection, accounts).values(tenant_id=tenant_id, balance=0).on_conflict_do_nothing()
    connection.execute(opened)
    mine = select(accounts.c.balance).where(accounts.c.tenant_id == tenant_id)
    balance = int(connection.execute(mine.with_for_update()).scalar_one())
    if request_key is not None and _was_granted(connection, tenant_id, amount, request_key):
        return balance
    given = Movement(tenant_id, Kind.GRANT, amount, note=note, request_key=request_key)
    _write(connection, tenant_id, [given], clock(connection))
    return balance + amount


def get_balance(connection: Connection, tenant_id: str) -> int | None:
    """What is neither spent nor reserved; None for a tenant that is not metered."""
    mine = select(accounts.c.balance).where(accounts.c.tenant_id == tenant_id)
    balance: int | None = connection.execute(mine).scalar()
    return balance


def list_entries(connection: Connection, tenant_id: str, *, before: int | None, limit: int) -> list[Any]:
    """A tenant's ledger, newest first; `before` is the id of the last entry already shown."""
    query = select(*ledger_entries.c).where(ledger_entries.c.tenant_id == tenant_id)
    if before is not None:
        query = query.where(ledger_entries.c.id < before)
    return list(connection.execute(query.order_by(ledger_entries.c.id.desc()).limit(limit)).all())


def note(connection: Connection, movements: Sequence[Movement]) -> None:
    """Credits that move in this transaction; they are written at its end, whatever else it does."""
    connection.info.setdefault(NOTED, []).extend(movements)


def note_ended(connection: Connection, rows: Iterable[Any], state: str) -> None:
    """Jobs that ended in this transaction: what they had reserved is settled or refunded at its end."""
    metered = [(row.tenant_id, row.id, row.reserved_credits, state) for row in rows if row.reserved_credits]
    connection.info.setdefault(ENDED, []).extend(metered)


def write_noted(connection: Connection) -> None:
    """What ends a transaction: the accounts and ledgers of all whose credits moved in it."""
    ended = connection.info.pop(ENDED, [])
    note(connection, _endings(connection, ended))
    noted: list[Movement] = connection.info.pop(NOTED, [])
    by_tenant: dict[str, list[Movement]] = defaultdict(list)
    for movement in noted:
        by_tenant[movement.tenant_id].append(movement)
    now = clock(connection) if noted else 0
    for tenant_id in sorted(by_tenant):
        _write(connection, tenant_id, by_tenant[tenant_id], now)
    _mark(connection, noted)


def _was_granted(connection: Connection, tenant_id: str, amount: int, request_key: str) -> bool:
    entry = ledger_entries.c
    same = select(entry.amount).where(entry.tenant_id == tenant_id, entry.request_key == request_key)
    before: int | None = connection.execute(same).scalar()
    if before is not None and before != amount:
        raise Conflict("This Idempotency-Key granted another amount before; use a new key for a new grant.")
    return before is not None


def _endings(connection: Connection, ended: Sequence[tuple[str, str, int, str]]) -> list[Movement]:
    completed = [job_id for _, job_id, _, state in ended if state == State.COMPLETED]
    asked = _asked(connection, completed)
    return [
        Movement(tenant_id, Kind.SETTLE, 0, job_id)
        if job_id in asked
        else Movement(tenant_id, Kind.REFUND, reserved, job_id, f"{state}, at no cost")
        for tenant_id, job_id, reserved, state in ended
    ]


def _asked(connection: Connection, job_ids: Sequence[str]) -> set[str]:
    """Those of these jobs whose accepted reply they asked for themselves, since they reserved for it."""
    if not job_ids:
        return set()
    entry = ledger_entries.c
    reserved_at_ms = (
        select(func.max(entry.at_ms)).where(entry.job_id == replies.c.job_id, entry.kind == Kind.RESERVE)
    ).scalar_subquery()
    own = (replies.c.job_id.in_(job_ids), replies.c.accepted, replies.c.created_at_ms >= reserved_at_ms)
    return set(connection.execute(select(replies.c.job_id).where(*own)).scalars())


def _write(connection: Connection, tenant_id: str, movements: Sequence[Movement], now: int) -> None:
    """Change one account and tell its ledger how, entry by entry."""
    moved = sum(movement.amount for movement in movements)
    changed = update(accounts).where(accounts.c.tenant_id == tenant_id)
    changed = changed.values(balance=accounts.c.balance + moved)
    balance = connection.execute(changed.returning(accounts.c.balance)).scalar_one() - moved
    rows = []
    for movement in movements:
        balance += movement.amount
        row = {name: getattr(movement, name) for name in Movement.__slots__}
        rows.append(row | {"balance": balance, "at_ms": now})
    connection.execute(insert(ledger_entries), rows)


def _mark(connection: Connection, movements: Sequence[Movement]) -> None:
    """Write onto the jobs what of their price is reserved now."""
    held = {m.job_id: m.kind == Kind.RESERVE for m in movements if m.job_id is not None}
    for is_held, amount in ((True, jobs.c.price_credits), (False, literal(0))):
        if ids := sorted(job_id for job_id, held_now in held.items() if held_now == is_held):
            reserved = update(jobs).where(jobs.c.id.in_(ids)).values(reserved_credits=amount)
            connection.execute(reserved)
