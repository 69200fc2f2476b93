"""The vendor's client as we use it: one per event loop, no retries of its own, bounded, silent in logs.

Imports `openai` (about a second), so it is itself imported only when the first call is made.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import openai

from adapters.llm.protocol import Request
from adapters.llm.target import Target
from adapters.llm.wire.answer import Wire, mapping, parse
from adapters.llm.wire.faults import from_reply, from_status
from errors import GristmillError, Internal, InvalidInput, ServiceError, Timeout

MOST_CONNECTIONS = 512
KEPT_CONNECTIONS = 128
LONGEST_CONNECT_S = 10.0
LARGEST_BODY_BYTES = 8_000_000  # 128,000 tokens of JSON are about half a megabyte
CHATTY = ("openai", "httpx2", "httpcore2")  # at DEBUG these write requests, hence content, into our log

_clients: dict[Target, tuple[asyncio.AbstractEventLoop, openai.AsyncOpenAI]] = {}


async def call(target: Target, wire: Wire, request: Request) -> tuple[dict[str, Any], int]:
    """The server's whole reply and the milliseconds it took; raises our errors only."""
    began = time.monotonic()
    try:
        # The client's limits are per read; this one is for the whole call, however slowly it drips.
        async with asyncio.timeout(request.timeout_s):
            raw = parse(await _send(target, wire, request))
    except (openai.OpenAIError, httpx2.HTTPError, httpx2.InvalidURL, TimeoutError, UnicodeError) as error:
        raise translate(error, model=request.model, api=wire.API, timeout_s=request.timeout_s) from None
    if error_object := wire.failure(raw):
        raise from_reply(error_object, model=request.model)
    return raw, round((time.monotonic() - began) * 1000)


async def _send(target: Target, wire: Wire, request: Request) -> bytes:
    vendor = _on_this_loop(target)
    # Keyword arguments from a dict fit none of the vendor's overloads, hence Any.
    create: Any = vendor.responses if wire.API == "responses" else vendor.chat.completions
    timeout = httpx2.Timeout(request.timeout_s, connect=min(request.timeout_s, LONGEST_CONNECT_S))
    got = await create.with_raw_response.create(**wire.body(request), timeout=timeout)
    content: bytes = got.http_response.content
    return content


def _on_this_loop(target: Target) -> openai.AsyncOpenAI:
    """The client of the running loop. Only that loop's thread comes here, so no lock is needed."""
    running = asyncio.get_running_loop()
    known = _clients.get(target)
    if known is None or known[0] is not running:  # the first call, or the first after a fork
        known = _clients[target] = (running, _build(target))
    return known[1]


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


def _build(target: Target) -> openai.AsyncOpenAI:
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    http = httpx2.AsyncClient(
        limits=httpx2.Limits(max_connections=MOST_CONNECTIONS, max_keepalive_connections=KEPT_CONNECTIONS),
        event_hooks={"response": [_bound]},
        follow_redirects=False,  # content goes where the operator said, and nowhere a server sends it on to
        trust_env=not target.is_loopback,  # a proxy named in the environment is not for this machine itself
    )
    return openai.AsyncOpenAI(
        api_key=target.api_key,
        base_url=target.base_url,
        max_retries=0,
        http_client=http,
        default_headers={"Accept-Encoding": "identity"},
    )


def translate(error: Exception, *, model: str, api: str, timeout_s: float) -> GristmillError:
    """One of the vendor's exceptions as one of ours, without its text."""
    if isinstance(error, openai.APITimeoutError | TimeoutError | httpx2.TimeoutException):
        return Timeout(f"The LLM server did not answer within {timeout_s:g} s (LLM_TIMEOUT_MS).")
    if isinstance(error, openai.APIStatusError):
        return from_status(
            error.status_code, _error_object(error), error.response.headers, model=model, api=api
        )
    if isinstance(error, openai.APIConnectionError | httpx2.TransportError):
        return _connection(error)
    if isinstance(error, httpx2.InvalidURL | UnicodeError):
        return InvalidInput("The request cannot be sent: its text or OPENAI_BASE_URL is not valid Unicode.")
    return Internal(f"The LLM call ended with an unexpected {type(error).__name__}.")


def _connection(error: Exception) -> GristmillError:
    cause: BaseException = error.__cause__ or error
    if isinstance(cause, BodyTooLarge):
        return ServiceError(f"The LLM server's reply is unsound: {cause}.")
    if isinstance(cause, UnicodeError):
        return InvalidInput("The text holds lone surrogates, which cannot be sent; remove them.")
    return ServiceError(f"The LLM server could not be reached or broke off ({type(cause).__name__}).")


def _error_object(error: openai.APIStatusError) -> dict[str, Any]:
    """The body's error object; text alone stands in for its message."""
    return {"message": error.body} if isinstance(error.body, str) else mapping(error.body)
