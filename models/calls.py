"""Calls: what became of calls to providers, told to the gates in the transaction that keeps the outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from models.breakers import BadCall, llm_breaker, note_answers, note_failures
from models.limits import correct_spent, slow_down


@dataclass(frozen=True, slots=True)
class GoodCall:
    """A call that was answered: by which job, who was asked (`provider/model`), and what it took."""

    job_id: str
    model: str
    estimated_tokens: int
    tokens: int
    latency_ms: int


def note_answered(connection: Connection, calls: Sequence[GoodCall], now: int) -> None:
    """Two statements for all calls together, which find no row to change while nothing is amiss.

    What a call really took counts from when it began, as what was reserved for it did.
    """
    correct_spent(
        connection, [(("model", c.model), c.tokens - c.estimated_tokens, now - c.latency_ms) for c in calls]
    )
    note_answers(connection, [(llm_breaker(call.model), call.job_id) for call in calls])


def note_failed(connection: Connection, calls: Sequence[BadCall], now: int) -> set[str]:
    """Gives the jobs that are to wait at their gate, and whose failure uses up no attempt."""
    for call in calls:
        if call.error_class == "rate_limit" and call.model:
            slow_down(
                connection,
                call.model,
                refused_tokens=call.estimated_tokens,
                retry_after_ms=call.retry_after_ms,
                now=now,
            )
    return note_failures(connection, calls, now)
