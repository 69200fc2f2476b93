"""The HTTP client: one set of connections per event loop, no retries of its own, bounded, silent in logs.

aiohttp, because the client's own CPU is what bounds a worker with hundreds of calls under way: a call costs
a third of what it does over httpx2, on which the vendor's library stands (0.3 against 0.8 ms).
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import os
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import certifi
import orjson

from adapters.llm.protocol import Request
from adapters.llm.target import Target
from adapters.llm.wire.answer import Wire, mapping, parse
from adapters.llm.wire.faults import about, from_reply, from_status
from errors import GristmillError, Internal, InvalidInput, ServiceError, Timeout

MOST_CONNECTIONS = 512
LONGEST_CONNECT_S = 10.0
CLOSING_S = 1.0
LARGEST_BODY_BYTES = 8_000_000  # 128,000 tokens of JSON are about half a megabyte
NOT_SENDABLE = "The request cannot be sent: its text or OPENAI_BASE_URL is not valid Unicode."

logging.getLogger("aiohttp").setLevel(logging.WARNING)  # at DEBUG it would write what is sent, hence content

Sessions = dict[Target, tuple[asyncio.AbstractEventLoop, aiohttp.ClientSession]]

_sessions: Sessions = {}
_inherited: list[Sessions] = []


@dataclass(frozen=True, slots=True)
class Got:
    """A server's whole answer."""

    status: int
    headers: Mapping[str, str]
    content: bytes


async def call(target: Target, wire: Wire, request: Request) -> tuple[dict[str, Any], int]:
    """The server's whole reply and the milliseconds it took; raises our errors only."""
    began = time.monotonic()
    try:
        # The client's limits are per read; this one is for the whole call, however slowly it drips.
        async with asyncio.timeout(request.timeout_s):
            got = await _send(target, wire.PATH, orjson.dumps(wire.body(request)))
    except (aiohttp.ClientError, OSError, ValueError, orjson.JSONEncodeError) as error:
        raise about(target.prefix, translate(error, timeout_s=request.timeout_s)) from None
    if not 200 <= got.status < 300:
        said = error_object(got.content)
        refused = from_status(got.status, said, got.headers, model=request.model, api=wire.API)
        raise about(target.prefix, refused)
    raw = parse(got.content)
    if reported := wire.failure(raw):
        raise about(target.prefix, from_reply(reported, model=request.model))
    return raw, round((time.monotonic() - began) * 1000)


async def _send(target: Target, path: str, body: bytes) -> Got:
    """Content goes where the operator said, nowhere a server sends it on to."""
    address = f"{target.base_url.rstrip('/')}/{path}"
    async with session(target).post(address, data=body, allow_redirects=False) as response:
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise BodyTooLarge("the body is compressed, which was not asked for and could hide its size")
        return Got(response.status, response.headers, await bounded(response))


async def bounded(response: aiohttp.ClientResponse) -> bytes:
    received = bytearray()
    async for chunk in response.content.iter_any():
        received += chunk
        if len(received) > LARGEST_BODY_BYTES:
            raise BodyTooLarge("the body is too large")
    return bytes(received)


def session(target: Target) -> aiohttp.ClientSession:
    """The connections of the running loop. Only that loop's thread comes here, so no lock is needed."""
    running = asyncio.get_running_loop()
    known = _sessions.get(target)
    if known is None or known[0] is not running:  # the first call, or the first after a fork
        known = _sessions[target] = (running, _connect(target))
    return known[1]


def _connect(target: Target) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=MOST_CONNECTIONS, ssl=_certificates()),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=LONGEST_CONNECT_S),
        headers={
            **dict(target.headers),
            "Content-Type": "application/json",
            "Accept-Encoding": "identity",
        },
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=not target.is_loopback,  # a proxy of the environment is not for this machine
    )


def _certificates() -> ssl.SSLContext:
    """Whom to trust: what the environment names, else Mozilla's list, as this machine may have none."""
    named = os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR")
    return ssl.create_default_context(cafile=None if named else certifi.where())


def _disown() -> None:
    """In a forked child: the sockets are the parent's, and collecting what holds them would close them."""
    global _sessions
    _inherited.append(_sessions)
    _sessions = {}


@atexit.register
def _close() -> None:
    for loop, session in _sessions.values():
        if loop.is_running():
            asyncio.run_coroutine_threadsafe(session.close(), loop).result(CLOSING_S)


os.register_at_fork(after_in_child=_disown)


class BodyTooLarge(aiohttp.ClientError):
    """The server sent more than any answer can be."""


def translate(error: Exception, *, timeout_s: float) -> GristmillError:
    """One of the client's exceptions as one of ours, without its text."""
    if isinstance(error, TimeoutError):
        return Timeout(f"The LLM server did not answer within {timeout_s:g} s (LLM_TIMEOUT_MS).")
    if isinstance(error, orjson.JSONEncodeError):
        return InvalidInput("The text holds lone surrogates, which cannot be sent; remove them.")
    if isinstance(error, aiohttp.InvalidURL | UnicodeError):
        return InvalidInput(NOT_SENDABLE)
    if isinstance(error, BodyTooLarge):
        return ServiceError(f"The LLM server's reply is unsound: {error}.")
    if isinstance(error, aiohttp.ClientError | OSError):
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
