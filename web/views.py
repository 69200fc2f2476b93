"""Views: rows of the database as the API's shapes, made in one place for every route that shows them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from errors import ERROR_CLASSES, Internal
from models import feed
from models.catalogue import Standing
from models.charges import Spent
from models.dead_letters import Cause
from models.states import Priority, State
from models.why import Waiting as Held
from pipelines.eta import Eta
from web.schemas import (
    Answer,
    Batch,
    BatchDetail,
    BatchMember,
    Event,
    Job,
    JobDetail,
    JobFault,
    Moment,
    SubmittedJob,
    Waiting,
    instant,
)
from web.schemas.contents import Content, ContentDetail, EditionOut
from web.schemas.control import ErrorCause

BEGUN = (State.RUNNING, State.COMPLETED)


def job(row: Any) -> Job:
    """A job as lists show it."""
    return Job(**_fields(row))


def submitted_job(row: Any, *, existing: bool) -> SubmittedJob:
    """A job as the answer to its submission."""
    return SubmittedJob(**_fields(row), existing=existing)


def job_detail(row: Any, events: list[Any], stored: Any | None, held: Held | None, spent: Spent) -> JobDetail:
    """A job with its timeline, its answer, what holds it back, and its cost."""
    moments = [Moment(state=State(e.state), at=_at(e.at_ms), message=e.message) for e in events]
    found = None if stored is None else answer(stored)
    why = None if held is None else Waiting(**_why(held))
    expected = {name: getattr(row, name) for name in ("estimated_tokens", "estimated_micro", "price_credits")}
    money = expected | asdict(spent)
    return JobDetail(**_fields(row), **money, waiting=why, timeline=moments, answer=found)


def _why(held: Held) -> dict[str, Any]:
    return {"gate": held.gate, "reason": held.reason, "until": instant(held.until_ms)}


def answer(row: Any) -> Answer:
    """A stored answer with its maker."""
    return Answer(
        job_id=row.job_id,
        content_id=row.content_id,
        analysis=row.analysis,
        answer=row.answer,
        provider=row.provider,
        model=row.model,
        prompt_version=row.prompt_version,
        schema_version=row.schema_version,
        degraded=row.degraded,
        flags=row.flags or [],
        created_at=_at(row.created_at_ms),
    )


def content(row: Any, standing: Any | None) -> Content:
    """A content as lists show it, with the edition that was seen last."""
    return Content(
        id=row.id,
        kind=row.kind,
        title=row.title,
        place=standing.place if standing else None,
        part=standing.part if standing else None,
        edition=standing.number if standing else None,
        created_at=_at(row.created_at_ms),
    )


def content_detail(row: Any, standing: list[Standing]) -> ContentDetail:
    """A content with all that it holds, and where it stands; what was seen last first."""
    named = SimpleNamespace(**row._mapping, title=row.body.get("title"))
    last = content(named, standing[0].row if standing else None)
    editions = [
        EditionOut(
            place=one.row.place,
            part=one.row.part,
            number=one.row.number,
            before=one.before,
            after=one.after,
            original_id=one.row.original_id,
            job_id=one.row.job_id,
            first_seen_at=_at(one.row.created_at_ms),
            last_seen_at=_at(one.row.seen_at_ms),
        )
        for one in standing
    ]
    return ContentDetail(**last.model_dump(), body=row.body, editions=editions)


def event(found: feed.Event) -> Event:
    """An event as lists and streams show it."""
    return Event(
        id=found.number,
        job_id=found.job_id,
        batch_id=found.batch_id,
        state=found.state,
        at=_at(found.at_ms),
        message=found.message,
    )


def cause(one: Cause) -> ErrorCause:
    """Failed jobs of one cause, with what to do."""
    kind = ERROR_CLASSES.get(one.error_class, Internal)
    return ErrorCause(
        fingerprint=one.fingerprint,
        analysis=one.analysis,
        error_class=one.error_class,
        message=one.message,
        suggestion=kind.suggestion,
        retryable=kind.retryable,
        count=one.count,
        first_seen_at=_at(one.first_seen_ms),
        last_seen_at=_at(one.last_seen_ms),
        sample_job_id=one.sample_job_id,
    )


def batch(row: Any) -> Batch:
    """A batch as lists show it."""
    return Batch(**_batch_fields(row))


def batch_detail(row: Any, eta: Eta) -> BatchDetail:
    """A batch with when it may end."""
    return BatchDetail(**_batch_fields(row), eta_s=eta.left_s, eta_hidden=eta.hidden)


def batch_member(row: Any) -> BatchMember:
    """A member as `models.lookups.list_members` gives it."""
    if row.answer_answer is None:
        return BatchMember(job=job(row), answer=None)
    names = (name for name in row._fields if name.startswith("answer_"))
    stored = {name.removeprefix("answer_"): getattr(row, name) for name in names}
    return BatchMember(job=job(row), answer=answer(SimpleNamespace(**stored, job_id=row.id)))


def fault(row: Any) -> JobFault | None:
    """Why the job's last attempt failed, with what to do; None if it did not."""
    if not row.error_class:
        return None
    kind = ERROR_CLASSES.get(row.error_class, Internal)
    return JobFault(
        error_class=row.error_class,
        message=row.error_message or "",
        suggestion=kind.suggestion,
        retryable=kind.retryable,
    )


def _fields(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "analysis": row.analysis,
        "model": row.model,
        "content_id": row.content_id,
        "batch_id": row.batch_id,
        "external_id": row.external_id,
        "state": State(row.state),
        "priority": Priority(row.priority).name.lower(),
        "progress": row.progress,
        "stage": row.stage,
        "attempts": row.failure_count + (row.state in BEGUN),
        "max_attempts": row.max_attempts,
        "crash_count": row.crash_count,
        "cancel_requested": row.cancel_requested,
        "error": fault(row),
        "created_at": instant(row.created_at_ms),
        "due_at": instant(row.due_at_ms),
        "started_at": instant(row.started_at_ms),
        "finished_at": instant(row.finished_at_ms),
    }


def _batch_fields(row: Any) -> dict[str, Any]:
    copied = ("id", "analysis", "outcome", "total", "completed", "failed", "cancelled", "parallel_limit")
    told = {name: getattr(row, name) for name in (*copied, "rounds_used", "cancel_requested")}
    ended = row.completed + row.failed + row.cancelled
    tolerance = row.tolerance_share if row.tolerance_share is not None else row.tolerance_count
    return told | {
        "submitted": row.sealed,
        "progress": 100 * ended // row.total if row.total else 0,
        "failure_tolerance": tolerance,
        "retry_failed": row.retry_rounds,
        "created_at": instant(row.created_at_ms),
        "finished_at": instant(row.finished_at_ms),
    }


def _at(at_ms: int) -> datetime:
    moment = instant(at_ms)
    assert moment is not None
    return moment
