"""The OpenAPI description, made truthful: errors are problem+json, and 422 is ours, not the framework's."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from web.problems import MEDIA_TYPE
from web.schemas import Problem

ABOUT = (
    "Content goes in, a durable job analyses it, the answer stays. Errors are `application/problem+json` "
    "(RFC 9457) with `error_class` and `suggestion`; another tenant's thing is 404."
)

SUCCESSES = {"200": "As asked.", "202": "Accepted; `Location` says where to look."}


def describe(app: FastAPI) -> Callable[[], dict[str, Any]]:
    """What `app.openapi` is replaced by; the description is made once."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = get_openapi(title=app.title, version=app.version, description=ABOUT, routes=app.routes)
            app.openapi_schema = _corrected(made)
        return app.openapi_schema

    return openapi


def _corrected(made: dict[str, Any]) -> dict[str, Any]:
    schemas = made["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for path in made["paths"].values():
        for operation in path.values():
            for status, response in operation["responses"].items():
                if status >= "400":
                    _as_problem(response)
                elif response["description"] == "Successful Response":
                    response["description"] = SUCCESSES[status]
    schemas.setdefault("Problem", Problem.model_json_schema(ref_template="#/components/schemas/{model}"))
    return made


def _as_problem(response: dict[str, Any]) -> None:
    response["content"] = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    if response["description"] == "Validation Error":
        response["description"] = "The request does not fit; `errors` names the fields."


def allowed_methods(app: FastAPI, path: str) -> str:
    """What a 405's Allow header must name: the methods of all routes at this address; empty for a page."""
    allowed = [
        method.upper()
        for template, operations in app.openapi()["paths"].items()
        if re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template)), path)
        for method in operations
    ]
    return ", ".join(sorted(allowed))
