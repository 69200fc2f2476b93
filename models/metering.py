"""Metering: admission's gate of credits, which reserves a job's price; see `models.credits` for the rest."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from models.credits import Kind, Movement, note
from models.gates import Candidate, Refusal
from models.schema import accounts


@dataclass
class CreditsGate:
    """One tenant's account as an admission found it."""

    tenant_id: str
    balance: int
    taken: list[Candidate] = field(default_factory=list)
    planned: int = 0

    def refusal(self, job: Candidate, now: int) -> Refusal | None:
        left, price = self.balance - self.planned, _due(job)
        if price <= max(left, 0):
            return None
        return Refusal("credits", f"Its price in credits is {price}, and the account has {left}; grant some.")

    def take(self, job: Candidate) -> None:
        self.taken.append(job)
        self.planned += _due(job)

    def save(self, connection: Connection, admitted: Collection[str], now: int) -> None:
        going = [job for job in self.taken if job.job_id in admitted and _due(job)]
        note(connection, [Movement(self.tenant_id, Kind.RESERVE, -_due(j), j.job_id) for j in going])


def credit_gates(connection: Connection, tenant_ids: Collection[str]) -> dict[str, CreditsGate]:
    """The gates of those of these tenants that have an account.

    Only admission takes from accounts, and admissions take turns: a balance read here can but grow.
    """
    rows = connection.execute(select(*accounts.c).where(accounts.c.tenant_id.in_(tenant_ids)))
    return {row.tenant_id: CreditsGate(row.tenant_id, row.balance) for row in rows}


def _due(job: Candidate) -> int:
    """What is still to be reserved: nothing for one that is admitted again after a failure or a crash."""
    return max(job.price_credits - job.reserved_credits, 0)
