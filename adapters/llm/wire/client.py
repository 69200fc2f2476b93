"""The HTTP client: one set of connections per event loop, no retries of its own, bounded, silent in logs.

Address, key and headers are the vendor's library's; the request is then sent and its reply read here, at a
third of the CPU (`bench/calls.py`). Imports `openai` (about a second), so it is itself imported only when
the first call is made.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx2
import openai
import orjson

from adapters.llm.protocol import Request
from adapters.llm.target import Target
from adapters.llm.wire.answer import Wire, mapping, parse
from adapters.llm.wire.faults import from_reply, from_status
from errors import GristmillError, Internal, InvalidInput, ServiceError, Timeout

MOST_CONNECTIONS = 512
PER_CLIENT = 32  # a client looks at each of its connections for each request, so many have few each
LONGEST_CONNECT_S = 10.0
LARGEST_BODY_BYTES = 8_000_000  # 128,000 tokens of JSON are about half a megabyte
CHATTY = ("openai", "httpx2", "httpcore2")  # at DEBUG these write requests, hence content, into our log
NOT_SENDABLE = "The request cannot be sent: its text or OPENAI_BASE_URL is not valid Unicode."

_connections: dict[Target, tuple[asyncio.AbstractEventLoop, Connections]] = {}


async def call(target: Target, wire: Wire, request: Request) -> tuple[dict[str, Any], int]:
    """The server's whole reply and the milliseconds it took; raises our errors only."""
    began = time.monotonic()
    try:
        # The client's limits are per read; this one is for the whole call, however slowly it drips.
        async with asyncio.timeout(request.timeout_s):
            got = await _send(target, wire, request)
    except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError, UnicodeError, orjson.JSONEncodeError) as error:
        raise translate(error, timeout_s=request.timeout_s) from None
    if not got.is_success:
        said = error_object(got.content)
        raise from_status(got.status_code, said, got.headers, model=request.model, api=wire.API)
    raw = parse(got.content)
    if reported := wire.failure(raw):
        raise from_reply(reported, model=request.model)
    return raw, round((time.monotonic() - began) * 1000)


async def _send(target: Target, wire: Wire, request: Request) -> httpx2.Response:
    body = orjson.dumps(wire.body(request))
    timeout = httpx2.Timeout(request.timeout_s, connect=min(request.timeout_s, LONGEST_CONNECT_S))
    line = _on_this_loop(target).line()
    line.busy += 1
    try:
        return await line.http.post(wire.PATH, content=body, timeout=timeout)
    finally:
        line.busy -= 1


def _on_this_loop(target: Target) -> Connections:
    """The connections of the running loop. Only that loop's thread comes here, so no lock is needed."""
    running = asyncio.get_running_loop()
    known = _connections.get(target)
    if known is None or known[0] is not running:  # the first call, or the first after a fork
        known = _connections[target] = (running, Connections(target))
    return known[1]


@dataclass
class Line:
    """One client, and how many calls are under way on it."""

    http: httpx2.AsyncClient
    busy: int = 0


class Connections:
    """The clients of one target: another one is made when those before are full."""

    def __init__(self, target: Target) -> None:
        for name in CHATTY:
            logging.getLogger(name).setLevel(logging.WARNING)
        self._target = target
        self._vendor = openai.AsyncOpenAI(api_key=target.api_key, base_url=target.base_url)
        self._tls = httpx2.create_ssl_context()
        self._lines: list[Line] = []

    def line(self) -> Line:
        """A client with a connection to spare; with all of them full the least busy one, for who waits."""
        for line in self._lines:
            if line.busy < PER_CLIENT:
                return line
        if len(self._lines) < MOST_CONNECTIONS // PER_CLIENT:
            self._lines.append(Line(self._client()))
            return self._lines[-1]
        return min(self._lines, key=lambda line: line.busy)

    def _client(self) -> httpx2.AsyncClient:
        told = self._vendor.default_headers | self._vendor.auth_headers | {"Accept-Encoding": "identity"}
        return httpx2.AsyncClient(
            base_url=self._vendor.base_url,
            headers={name: value for name, value in told.items() if isinstance(value, str)},
            limits=httpx2.Limits(max_connections=PER_CLIENT, max_keepalive_connections=PER_CLIENT),
            event_hooks={"response": [_bound]},
            verify=self._tls,
            follow_redirects=False,  # content goes where the operator said, nowhere a server sends it on to
            trust_env=not self._target.is_loopback,  # a proxy of the environment is not for this machine
        )


class BodyTooLarge(httpx2.TransportError):
    """The server sent more than any answer can be."""


class _Bounded(httpx2.AsyncByteStream):
    """A response's stream that ends with `BodyTooLarge` rather than fill the memory."""

    def __init__(self, inner: httpx2.AsyncByteStream) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        received_bytes = 0
        async for chunk in self._inner:
            received_bytes += len(chunk)
            if received_bytes > LARGEST_BODY_BYTES:
                raise BodyTooLarge("the body is too large")
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()


async def _bound(response: httpx2.Response) -> None:
    """Hook on every response, error or not, before its body is read."""
    if response.headers.get("content-encoding", "identity") != "identity":
        raise BodyTooLarge("the body is compressed, which was not asked for and could hide its size")
    assert isinstance(response.stream, httpx2.AsyncByteStream)
    response.stream = _Bounded(response.stream)


def translate(error: Exception, *, timeout_s: float) -> GristmillError:
    """One of the client's exceptions as one of ours, without its text."""
    if isinstance(error, TimeoutError | httpx2.TimeoutException):
        return Timeout(f"The LLM server did not answer within {timeout_s:g} s (LLM_TIMEOUT_MS).")
    if isinstance(error, orjson.JSONEncodeError):
        return InvalidInput("The text holds lone surrogates, which cannot be sent; remove them.")
    if isinstance(error, httpx2.InvalidURL | UnicodeError):
        return InvalidInput(NOT_SENDABLE)
    if isinstance(error, BodyTooLarge):
        return ServiceError(f"The LLM server's reply is unsound: {error}.")
    if isinstance(error, httpx2.TransportError):
        return ServiceError(f"The LLM server could not be reached or broke off ({type(error).__name__}).")
    return Internal(f"The LLM call ended with an unexpected {type(error).__name__}.")


def error_object(body: bytes) -> dict[str, Any]:
    """The body's error object; text alone stands in for its message."""
    try:
        said = orjson.loads(body)
    except (orjson.JSONDecodeError, RecursionError):
        return {"message": body.decode("utf-8", "replace")}
    error = said.get("error", said) if isinstance(said, dict) else said
    return {"message": error} if isinstance(error, str) else mapping(error)
