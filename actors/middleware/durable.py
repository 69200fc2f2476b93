"""Durable: what stands where dramatiq's `Retries` would, with the database deciding.

Before a step: claim the job, or skip the message. After it: commit the outcome. Nothing a message
carries is believed beyond its job id and generation, and an outcome without a claim changes nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import structlog
from dramatiq import Broker, MessageProxy, Middleware
from dramatiq.middleware import SkipMessage, TimeLimitExceeded

from actors import alone, writes
from actors.chains import after
from actors.retries import backoff_ms, retries_of
from actors.step import fence_of, is_durable
from actors.tasks import is_known
from actors.work import Lost, Work, desk
from adapters.safety.redaction import redact_text
from errors import Cancelled, GristmillError, InvalidAnswer, RateLimited, Timeout, classify
from models.breakers import BadCall, llm_breaker
from models.claims import Claim
from models.endings import Failure
from settings import get_settings

log = structlog.get_logger(__name__)

MOST_LIMIT_WAITS = 200  # waiting for a limit uses up no attempt, but does not go on for ever
STEEPEST = 5  # doublings that waits for a limit add to the backoff
NO_ROOM_WAIT_MS = 1_000
STRANGER_WAIT_MS = 30_000  # a newer or better equipped worker may know the analysis
carried = threading.local()  # `fence` of the job whose next step this very thread has begun


class Durable(Middleware):
    """Claim before, outcome after; see the module."""

    @property
    def actor_options(self) -> set[str]:
        return {"durable", "throws"}

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:
        if not is_durable(broker, message):
            return
        fence = fence_of(message)
        is_carried = getattr(carried, "fence", None) == fence
        work = desk.get(fence) if is_carried else _begin(message)
        message.options["time_limit"] = max(work.remaining_ms, 1) if work else 1
        if work:
            work.next_step = (message.options.get("pipe_target") or {}).get("actor_name")

    def after_process_message(
        self,
        broker: Broker,
        message: MessageProxy,
        *,
        result: Any = None,
        exception: BaseException | None = None,
    ) -> None:
        work = desk.get(fence_of(message)) if is_durable(broker, message) else None
        if work is not None and exception is not None:
            settle(work, exception)


def _begin(message: MessageProxy) -> Work:
    """Claim a message's job. Raises SkipMessage where there is nothing to run in this process."""
    fence = fence_of(message)
    try:
        claimed = writes.take(Claim(fence, message.actor_name))
    except Exception as error:  # noqa: BLE001 - dramatiq would run the actor all the same
        log.warning("job not claimed", job_id=fence.job_id, error=type(error).__name__)
        raise SkipMessage("the database could not be asked") from None
    if claimed is None:
        raise SkipMessage("another worker has it, or it has moved on")
    work = desk.put(claimed, message.actor_name)
    if not is_known(claimed.analysis):
        log.warning("analysis or task not known here", job_id=fence.job_id, analysis=claimed.analysis)
        _conclude(work, partial(writes.put_off, fence, STRANGER_WAIT_MS))
        raise SkipMessage("this worker does not know its analysis")
    if claimed.crash_count and not alone.is_alone():
        _run_apart(work, message)
        raise SkipMessage("it ran in a process of its own")
    return work


def _run_apart(work: Work, message: MessageProxy) -> None:
    """Run a job whose worker died in a process of its own, where it can kill nobody else."""
    try:
        ending = alone.run(work, message)
    except Exception as error:  # noqa: BLE001 - above all, it must not run here
        log.error("job not run alone", job_id=work.fence.job_id, error=type(error).__name__)
        ending = alone.Ending.NO_ROOM
    if ending is alone.Ending.NO_ROOM:
        _conclude(work, partial(writes.put_off, work.fence, NO_ROOM_WAIT_MS))
    elif ending is alone.Ending.DIED:
        _conclude(work, partial(writes.crash, work.fence))
    elif ending is alone.Ending.OUT_OF_TIME:
        settle(work, Timeout("The job ran out of its time and was ended."))
    elif ending is alone.Ending.STOPPED:
        settle(work, Cancelled("Cancelled while it ran."))
    else:
        desk.drop(work.fence)


def settle(work: Work, exception: BaseException) -> None:
    """Commit how an attempt ended, unless its outcome was committed already or the job was lost."""
    if work.ended or work.lost or work.suspended or isinstance(exception, Lost):
        desk.drop(work.fence)
    elif work.given_back:
        _conclude(work, partial(writes.give_back, work.fence))
    else:
        _conclude(work, partial(writes.fail, failure_of(work, exception)))


def _conclude(work: Work, write: Callable[[], object]) -> None:
    """Write an outcome; where the database is away for long, the keeper writes it when it is back."""
    try:
        write()
    except Exception as error:  # noqa: BLE001 - whatever it is, the outcome must not be forgotten
        log.warning("outcome not written yet", job_id=work.fence.job_id, error=type(error).__name__)
        work.unwritten = write
    else:
        desk.drop(work.fence)


def failure_of(work: Work, exception: BaseException) -> Failure:
    """What to record of this exception, and in how long to try again, if at all."""
    error = _timely(exception)
    claimed = work.claimed
    answerers = after(work, error, get_settings()) if work.has_been_refused(error) else None
    counts = not (answerers or isinstance(error, RateLimited) or _got_further(work, exception))
    if counts:
        again = error.retryable and claimed.failure_count + 1 < claimed.max_attempts
    else:
        again = claimed.limit_count < MOST_LIMIT_WAITS
    times = claimed.failure_count + min(claimed.limit_count, STEEPEST)
    first_ms = retries_of(claimed.queue, get_settings()).first_wait_ms
    return Failure(
        fence=work.fence,
        error_class=error.error_class,
        message=redact_text(error.message),
        retry_in_ms=(0 if answerers else backoff_ms(first_ms, times, error.retry_after_s)) if again else None,
        reply_ids=work.doubted if isinstance(error, InvalidAnswer) else (),
        counts=counts,
        answerers=answerers,
        call=_bad_call(work, error) if work.calling and not _got_further(work, exception) else None,
    )


def _got_further(work: Work, exception: BaseException) -> bool:
    """True of a long content for which the time was too short, though more of its parts have replies now."""
    return work.part is not None and work.has_called and isinstance(exception, TimeLimitExceeded)


def _bad_call(work: Work, error: GristmillError) -> BadCall:
    wait_ms = int((error.retry_after_s or 0) * 1000)
    model, tokens = work.claimed.answerer, work.asked_tokens
    return BadCall(work.fence.job_id, llm_breaker(model), error.error_class, model, wait_ms, tokens)


def _timely(exception: BaseException) -> GristmillError:
    if isinstance(exception, TimeLimitExceeded):
        return Timeout("The job ran out of its time.")
    if isinstance(exception, Cancelled):
        return exception
    return classify(exception)
