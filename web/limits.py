"""Limits: a request's body is bounded in bytes and in time while it arrives, whatever its headers say."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.problems import HttpProblem, from_http

MOST_BYTES = 5_000_000
DRAINED_BYTES = 25_000_000  # a refused body up to this is read off, so that its sender sees the answer
LONGEST_S = 30.0  # for the whole body: a slow drip must not hold a connection for ever
HANG_UP = {"Connection": "close"}  # else the server would go on reading for as long as it is sent to


class BodyLimit:
    """ASGI middleware: 413 past `MOST_BYTES`, 408 past `longest_s`, 415 for a compressed body."""

    def __init__(self, app: ASGIApp, longest_s: float = LONGEST_S) -> None:
        self._app = app
        self._longest_s = longest_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = _refused_by_headers(dict(scope["headers"]))
        if refusal is None:
            await self._app(scope, _Bounded(receive, self._longest_s), send)
        else:
            await from_http(refusal)(scope, receive, send)


class _Bounded:
    """`receive`, counting; raises HttpProblem into whoever reads the body."""

    def __init__(self, receive: Receive, longest_s: float) -> None:
        self._receive = receive
        self._longest_s = longest_s
        self._bytes = 0
        self._whole = False
        self._deadline_s = asyncio.get_running_loop().time() + longest_s

    async def __call__(self) -> Message:
        if self._whole:  # what comes now is the news that the client has gone
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._deadline_s):
                message = await self._receive()
        except TimeoutError:
            detail = f"The body did not arrive within {self._longest_s:g} s."
            raise HttpProblem(408, detail, headers=HANG_UP) from None
        self._bytes += len(message.get("body", b""))
        self._whole = not message.get("more_body", False)
        if self._bytes > MOST_BYTES:
            raise _too_large(hang_up=True)
        return message


def _refused_by_headers(headers: dict[bytes, bytes]) -> HttpProblem | None:
    length = headers.get(b"content-length", b"")
    if length.isdigit() and int(length[:20]) > MOST_BYTES:
        return _too_large(hang_up=int(length[:20]) > DRAINED_BYTES)
    if headers.get(b"content-encoding", b"identity") != b"identity":
        return HttpProblem(415, "The body is compressed, which is not taken here.")
    return None


def _too_large(*, hang_up: bool) -> HttpProblem:
    headers = HANG_UP if hang_up else {}
    return HttpProblem(413, f"The body has more than {MOST_BYTES:,} bytes.", headers=headers)
