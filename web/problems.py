"""Problems: every error leaves as `application/problem+json` (RFC 9457), with what to do about it.

A problem never holds a stack trace, content, or what a field held: only where it is wrong and why.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.responses import Response

from adapters.safety.redaction import redact_text
from errors import ERROR_CLASSES, GristmillError

MEDIA_TYPE = "application/problem+json"

STATUS_OF = {
    "invalid_input": 422,
    "not_found": 404,
    "conflict": 409,
    "cancelled": 409,
    "timeout": 504,
    "rate_limit": 429,
    "service_error": 503,
    "authentication": 502,  # the provider refused *our* key; the caller's own is `unauthenticated`
    "context_length": 422,
    "content_filter": 422,
    "invalid_answer": 502,
    "budget": 402,
    "internal": 500,
}

# What only HTTP knows: the class's name and what to do, by status.
HTTP_CLASSES: dict[int, tuple[str, str]] = {
    400: ("malformed", "Send one JSON object, as /docs describes it."),
    401: ("unauthenticated", "Send `Authorization: Bearer gm_…` with a key that was not revoked."),
    403: ("forbidden", "Use a key whose role allows this; /docs names the role each call needs."),
    404: ("not_found", "Check the address; /docs lists those there are."),
    405: ("method_not_allowed", "Use one of the methods the Allow header names."),
    408: ("timeout", "Send the whole body without pauses."),
    409: ("conflict", "Look at its state first; the message says which states allow this."),
    413: ("too_large", "Send less at once: split the content and submit its parts."),
    415: ("unsupported_media_type", "Send the body as uncompressed `Content-Type: application/json`."),
    422: ("invalid_input", "Correct the fields that `errors` names and send it again."),
    429: ("rate_limit", "Wait as long as Retry-After says, then send it again."),
    500: ("internal", "Send it again; if it recurs, look for the request's id in the web log."),
    503: ("service_error", "Send it again later; `gristmill doctor` tells what is missing."),
}


class HttpProblem(HTTPException):
    """An error of the HTTP side itself, raised anywhere below the app."""

    def __init__(
        self, status: int, detail: str, *, headers: Mapping[str, str] | None = None, suggestion: str = ""
    ) -> None:
        super().__init__(status, detail, dict(headers or {}))
        self.suggestion = suggestion


def problem(
    status: int,
    detail: str,
    *,
    error_class: str = "",
    suggestion: str = "",
    errors: list[dict[str, str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The response for one error; class and suggestion follow from the status where not given."""
    known_class, known_suggestion = HTTP_CLASSES.get(status, ("internal", ""))
    name = error_class or known_class
    body: dict[str, Any] = {
        "type": f"/docs#error-{name}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": redact_text(detail),
        "error_class": name,
        "suggestion": suggestion or known_suggestion,
    }
    if errors is not None:
        body["errors"] = errors
    return Response(orjson.dumps(body), status, dict(headers or {}), media_type=MEDIA_TYPE)


def from_error(error: GristmillError) -> Response:
    """An error of our own tree, with its own suggestion."""
    status = STATUS_OF.get(error.error_class, 500)
    headers = {}
    if error.retry_after_s is not None:
        headers["Retry-After"] = str(max(1, round(error.retry_after_s)))
    return problem(
        status, error.message, error_class=error.error_class, suggestion=error.suggestion, headers=headers
    )


def from_http(error: HTTPException) -> Response:
    """An error of the framework (no such route, wrong method) or an `HttpProblem`."""
    detail = error.detail if isinstance(error, HttpProblem) else _plain(error.status_code)
    suggestion = getattr(error, "suggestion", "")
    return problem(error.status_code, detail, suggestion=suggestion, headers=error.headers)


def explained() -> list[tuple[str, str, str]]:
    """Every class a problem can have: its name, its statuses and its suggestion (for /docs)."""
    told = {name: (str(STATUS_OF[name]), kind.suggestion) for name, kind in ERROR_CLASSES.items()}
    for status, (name, suggestion) in HTTP_CLASSES.items():
        told.setdefault(name, (str(status), suggestion))
    return [(name, *rest) for name, rest in sorted(told.items())]


def _plain(status: int) -> str:
    sayings = {
        400: "The request cannot be read.",
        404: "There is nothing at this address.",
        405: "This address does not take this method.",
    }
    return sayings.get(status, f"The request was refused: {HTTPStatus(status).phrase}.")
