"""Tasks as builders make them: a job that is no analysis, ready to submit; see `actors.tasks`."""

from __future__ import annotations

from actors.retries import retries_of
from actors.tasks import AnyTask, Order
from models.library import version_of
from models.originals import NewOriginal
from models.states import Priority
from models.submission import NewJob
from pipelines.compose import first_step
from pipelines.entry import Options
from settings import get_settings


def new_task(task: AnyTask, order: Order, options: Options, *, original: NewOriginal | None = None) -> NewJob:
    """The job that does what `order` says; `original` is the file that it is to read."""
    settings = get_settings()
    body = order.model_dump(mode="json")
    return NewJob(
        tenant_id=options.tenant,
        analysis=task.name,
        kind=task.name,
        version=version_of(body),
        body=body,
        pipeline=task.name,
        first_step=first_step(task.name),
        queue=task.queue,
        priority=Priority[options.priority.upper()],
        max_attempts=retries_of(task.queue, settings).attempts,
        timeout_ms=settings.job_timeout_ms,
        delay_ms=int(options.delay_s * 1000),
        dedup_key=options.dedup_key,
        channels=list(options.notify),
        original=original,
    )
