"""Changing: cancel, retry and replay, as asked for at the terminal."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cli.output import note, print_json
from cli.problems import DONE, FAILED, PARTLY_FAILED
from cli.progress import Bars
from cli.ready import with_database
from cli.stack import living_workers
from errors import GristmillError
from models.states import TERMINAL
from settings import Settings

if TYPE_CHECKING:
    from pipelines import Job

LETS_GO_S = 3.0  # a worker hears within a quarter of a second, and a call ends then
POLL_S = 0.1
NOBODY = "No worker is alive now; it starts when one is (`gristmill up`)."


def each_job(tenant: str, job_ids: Sequence[str], what: str, *, json: bool) -> int:
    """Cancel or retry each job; one that cannot be changed does not keep the others from it."""
    settings = with_database()  # first: what is imported next builds on the addresses it has looked at
    from pipelines import Job

    failed = 0
    for job_id in dict.fromkeys(job_ids):
        told = _change(Job(job_id=job_id, tenant=tenant), what)
        failed += told["error"] is not None
        if json:
            print_json(told)
        else:
            note(f"{job_id}: {told['error'] or told['state']}")
    if what == "retry" and failed < len(set(job_ids)):
        _warn_if_nobody_works(settings)
    if not failed:
        return DONE
    return FAILED if failed == len(set(job_ids)) else PARTLY_FAILED


def replay_job(tenant: str, job_id: str, step: str, *, json: bool) -> None:
    """Run an ended job again from a step. Raises NotFound, Conflict, InvalidInput."""
    settings = with_database()
    from pipelines import Job

    state = Job(job_id=job_id, tenant=tenant).replay(step).state
    print_json({"id": job_id, "state": state, "from": step}) if json else note(f"{job_id}: {state}")
    _warn_if_nobody_works(settings)


def retry_failed(tenant: str, batch_id: str, *, json: bool) -> None:
    """Run a batch's failed members again. Raises NotFound."""
    settings = with_database()
    from pipelines import Batch

    batch = Batch(batch_id=batch_id, tenant=tenant)
    assert batch.row is not None
    count = batch.retry_failed()
    print_json({"id": batch_id, "retried": count}) if json else note(f"{count} members run again.")
    if count:
        _warn_if_nobody_works(settings)


def cancel_batch(tenant: str, batch_id: str, *, json: bool) -> None:
    """Cancel what has not ended. Raises NotFound."""
    with_database()
    from pipelines import Batch

    batch = Batch(batch_id=batch_id, tenant=tenant)
    counts = batch.counts
    with Bars() as bars:
        left = counts.total - counts.ended
        count = batch.cancel(lambda done: bars.update("Cancelling", done, left))
    if json:
        print_json({"id": batch_id, "cancelled": count, "outcome": batch.outcome})
    else:
        note(f"{count} members cancelled; the batch is {batch.outcome or 'waiting for those that run'}.")


def _change(job: Job, what: str) -> dict[str, Any]:
    try:
        state = _cancelled(job) if what == "cancel" else job.retry().state
    except GristmillError as error:
        return {"id": job.id, "state": None, "error": error.message}
    return {"id": job.id, "state": str(state), "error": None}


def _cancelled(job: Job) -> str:
    """The state in which it ended; where its worker does not let go within a moment, that it still runs."""
    state = job.cancel()
    until_s = time.monotonic() + LETS_GO_S
    while state not in TERMINAL and time.monotonic() < until_s:
        time.sleep(POLL_S)
        state = job.state
    return state if state in TERMINAL else f"{state}; its worker was told to let go"


def _warn_if_nobody_works(settings: Settings) -> None:
    if not living_workers(settings):
        note(NOBODY)
