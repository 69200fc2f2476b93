"""JSON bodies, read strictly: a body is one sound JSON value or gives a clear 400, never a 500.

Refused: text that is not UTF-8, NaN and numbers past a double, lone surrogates, an object with one
name twice (which of the two was meant?), nesting past `DEEPEST`, and more than `MOST_PARTS` values.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Coroutine
from typing import Any

import orjson
from fastapi import Request
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from web.problems import HttpProblem

DEEPEST = 64
MOST_PARTS = 50_000  # objects and lists; bounds the memory that few bytes can ask for
LARGE_BYTES = 32_000  # a body this large is parsed beside the event loop
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)  # possessive: an unended one costs one pass
_BRACKET = re.compile(rb"[\[\]{}]")


class _NameTwice(ValueError):
    """An object has one name twice."""


def parse(body: bytes) -> Any:
    """The JSON value in `body`. Raises HttpProblem 400 saying what is wrong and where, never what it held."""
    _check_nesting(body)
    try:
        orjson.loads(body)
        return json.loads(body, object_pairs_hook=_unique)
    except orjson.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise HttpProblem(400, f"The body is not sound JSON at {where}: {_reason(error.msg)}.") from None
    except _NameTwice:
        raise HttpProblem(400, "An object in the body has the same name twice; leave one out.") from None
    except (ValueError, RecursionError):  # such as a number of more than 4,300 digits
        raise HttpProblem(400, "The body holds a value that is too large to be read.") from None


def _check_nesting(body: bytes) -> None:
    depth = parts = 0
    for bracket in _BRACKET.finditer(_STRING.sub(b"", body)):
        if bracket.group() in b"[{":
            depth += 1
            parts += 1
        else:
            depth -= 1
        if depth > DEEPEST:
            raise HttpProblem(400, f"The body is nested deeper than {DEEPEST} levels; make it flatter.")
        if parts > MOST_PARTS:
            raise HttpProblem(400, f"The body has more than {MOST_PARTS:,} objects and lists; send fewer.")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _NameTwice
    return made


def _reason(message: str) -> str:
    if "surrogate" in message and "UTF-8" not in message:
        return "a \\u escape names half a character (a lone surrogate)"
    if "UTF-8" in message:
        return "it is not UTF-8"
    return message.split(":")[0][:100]


class _StrictRequest(Request):
    async def json(self) -> Any:
        if not hasattr(self, "_strict"):
            body = await self.body()
            large = len(body) > LARGE_BYTES
            self._strict = await run_in_threadpool(parse, body) if large else parse(body)
        return self._strict


class StrictRoute(APIRoute):
    """A route whose JSON body is read by `parse`, and whose body must say that it is JSON."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        wants_body = self.body_field is not None

        async def strict(request: Request) -> Response:
            kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
            if wants_body and kind != "application/json":
                raise HttpProblem(415, "The body must come with `Content-Type: application/json`.")
            return await handle(_StrictRequest(request.scope, request.receive))

        return strict
