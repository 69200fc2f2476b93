"""Failures: which exception becomes which problem; whatever is not named here is a plain 500."""

from __future__ import annotations

from typing import Any

import orjson
import redis
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy import exc
from starlette.exceptions import HTTPException
from starlette.responses import Response

from errors import GristmillError
from web.openapi import allowed_methods
from web.pages.render import error_page, wants_page
from web.problems import from_error, from_http, problem

log = structlog.get_logger(__name__)

MOST_FIELDS = 20  # named in one answer
RETRY_LATER = {"Retry-After": "2"}
AWAY = (exc.OperationalError, exc.InterfaceError, exc.TimeoutError, exc.ProgrammingError)
# What pydantic says may quote what a field held; these sayings never do.
_SAYINGS = {
    "missing": "is missing; add it",
    "string_type": "must be text",
    "string_too_long": "is too long; at most {max_length} characters",
    "string_too_short": "is too short; at least {min_length} characters",
    "string_pattern_mismatch": "has a form that is not allowed here",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be one of {expected}",
    "enum": "must be one of {expected}",
    "list_type": "must be a list",
    "too_long": "has too many entries; at most {max_length}",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "extra_forbidden": "is not known here; leave it out",
}


def add_handlers(app: FastAPI) -> None:
    """Teach the app every exception that can end a request in an orderly way."""
    app.add_exception_handler(GristmillError, _ours)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    for kind in AWAY:
        app.add_exception_handler(kind, _database_away)
    app.add_exception_handler(redis.RedisError, _broker_away)


def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, GristmillError)
    return _shown(request, from_error(error))


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    response = from_http(error)
    if error.status_code == 405 and (allowed := allowed_methods(request.app, request.scope["path"])):
        response.headers["allow"] = allowed  # the framework names those of one route only
    return _shown(request, response)


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = error.errors()
    named = [{"field": _where(fault), "message": _what(fault)} for fault in faults[:MOST_FIELDS]]
    first = f"{named[0]['field']} {named[0]['message']}" if named else "the request does not fit"
    more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
    return problem(422, f"The request cannot be taken: {first}{more}.", errors=named)


def _database_away(request: Request, error: Exception) -> Response:
    if isinstance(error, exc.ProgrammingError) and not _kind(error).startswith("Undefined"):
        raise error  # not a missing table or column, so a fault of ours
    log.warning("database away", path=request.scope["path"][:200], error=_kind(error))
    detail = "The database does not answer, or its schema is not the one this version needs."
    return _shown(request, problem(503, detail, headers=RETRY_LATER))


def _broker_away(request: Request, error: Exception) -> Response:
    log.warning("broker away", path=request.scope["path"][:200], error=_kind(error))
    return problem(503, "The broker (Redis) does not answer.", headers=RETRY_LATER)


def _shown(request: Request, response: Response) -> Response:
    """The problem as it is, or as a page where a person looks at it."""
    return error_page(orjson.loads(bytes(response.body))) if wants_page(request) else response


def _kind(error: Exception) -> str:
    return type(getattr(error, "orig", None) or error).__name__


def _where(fault: dict[str, Any]) -> str:
    place, *rest = fault.get("loc") or ("request",)
    path = ".".join(str(part)[:60] for part in rest)
    return path if place == "body" and path else f"{place} {path}".strip()


def _what(fault: dict[str, Any]) -> str:
    saying = _SAYINGS.get(fault["type"], "is not of the right type or size")
    return saying.format_map(fault.get("ctx") or {})
