"""Calls: what became of calls to providers, told to the gates in the transaction that keeps the outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from models.breakers import BadCall, llm_breaker, note_answers, note_failures
from models.limits import correct_spent, slow_down
from models.schema import jobs


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
    _slow_down(connection, [c for c in calls if c.error_class == "rate_limit" and c.model], now)
    return note_failures(connection, calls, now)


def _slow_down(connection: Connection, refused: Sequence[BadCall], now: int) -> None:
    """Refusals that come together count as one, with all that was reserved for them."""
    if not refused:
        return
    begun = select(jobs.c.id, jobs.c.started_at_ms).where(jobs.c.id.in_([call.job_id for call in refused]))
    began_at_ms = {row.id: row.started_at_ms for row in connection.execute(begun)}
    for model in sorted({call.model for call in refused}):
        together = [call for call in refused if call.model == model]
        slow_down(
            connection,
            model,
            refused_tokens=sum(call.estimated_tokens for call in together),
            retry_after_ms=max(call.retry_after_ms for call in together),
            began_at_ms=max(began_at_ms.get(call.job_id) or now for call in together),
            now=now,
        )
