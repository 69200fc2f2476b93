"""Every way work can fail, as one tree; imports nothing of ours.

    GristmillError
    ├── InvalidInput        the content or the call is wrong              never retried
    ├── NotFound            it does not exist, or not for this tenant     never retried
    ├── Conflict            the thing's state does not allow this         never retried
    ├── Cancelled           somebody asked for it to end                  never retried
    ├── Timeout             a call or the job ran out of its time         retried
    ├── RateLimited         the other side said "later"                   retried, no sooner than it said
    ├── ServiceError        the other side broke, or could not be reached retried
    ├── AuthenticationError the other side refused our key                never retried
    ├── ContextLength       the content is longer than the model takes    never retried
    ├── ContentFilter       the model, or our filter, refused the content never retried
    ├── InvalidAnswer       the model's reply does not fit the schema     retried
    ├── OverBudget          there is no money or credit left              never retried
    └── Internal            our own fault                                 retried

A message says what was wrong, where, and what to do, and never holds a secret or content.
Vendors' errors become these in one place: their adapter.
"""

from __future__ import annotations

from typing import ClassVar


class GristmillError(Exception):
    """The root. `error_class` is the name users see; `suggestion` says what to do about it."""

    error_class: ClassVar[str] = "internal"
    retryable: ClassVar[bool] = False
    suggestion: ClassVar[str] = "Look at the worker's log under this job's id."

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.retry_after_s = retry_after_s


class InvalidInput(GristmillError):
    error_class = "invalid_input"
    suggestion = "Correct it as the message says and submit it again."


class NotFound(GristmillError):
    error_class = "not_found"
    suggestion = "Check what you named, and that it belongs to your tenant."


class Conflict(GristmillError):
    error_class = "conflict"
    suggestion = "Look at its state first; the message says which states allow this."


class Cancelled(GristmillError):
    error_class = "cancelled"
    suggestion = "Submit it again if it was cancelled by mistake."


class Timeout(GristmillError):
    error_class = "timeout"
    retryable = True
    suggestion = "Retry; if it recurs, raise JOB_TIMEOUT_MS or LLM_TIMEOUT_MS, or shorten the content."


class RateLimited(GristmillError):
    error_class = "rate_limit"
    retryable = True
    suggestion = "The provider allows no more for now; lower the queue's rate if it recurs."


class ServiceError(GristmillError):
    error_class = "service_error"
    retryable = True
    suggestion = "Check the provider's status page if it recurs."


class AuthenticationError(GristmillError):
    error_class = "authentication"
    suggestion = "Set a valid key, such as OPENAI_API_KEY (`gristmill doctor` tests it), then retry the job."


class ContextLength(GristmillError):
    error_class = "context_length"
    suggestion = "Shorten the content, or choose a model with a longer context in OPENAI_MODEL."


class ContentFilter(GristmillError):
    error_class = "content_filter"
    suggestion = "Review the content. What a model refused, the local provider may still analyse."


class InvalidAnswer(GristmillError):
    error_class = "invalid_answer"
    retryable = True
    suggestion = "If it recurs, use a model that supports JSON schemas."


class OverBudget(GristmillError):
    error_class = "budget"
    suggestion = "Raise the budget, or grant credits, then retry the job."


class Internal(GristmillError):
    error_class = "internal"
    retryable = True


def _tree(root: type[GristmillError]) -> dict[str, type[GristmillError]]:
    return {kind.error_class: kind for kind in root.__subclasses__()}


ERROR_CLASSES: dict[str, type[GristmillError]] = _tree(GristmillError)


def classify(error: BaseException) -> GristmillError:
    """Any exception as one of the tree: ours as it is, anything else `Internal` without its text.

    A foreign exception's text may hold content or a secret, so only its type's name is kept.
    """
    if isinstance(error, GristmillError):
        return error
    if isinstance(error, TimeoutError):
        return Timeout("The step ran out of time.")
    return Internal(f"An unexpected {type(error).__name__} ended the step.")
