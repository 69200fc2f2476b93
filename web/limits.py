"""Limits: a request's body is bounded in bytes and in time while it arrives, whatever its headers say.

JSON lines are read as they come, so they may be many; but they, too, must keep coming.
"""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.problems import HttpProblem, from_http

MOST_BYTES = 5_000_000
DRAINED_BYTES = 25_000_000  # a refused body up to this is read off, so that its sender sees the answer
LONGEST_S = 30.0  # for the whole body: a slow drip must not hold a connection for ever
STREAMED = b"application/x-ndjson"
UPLOADS = "/v1/contents"  # where files come as they are, or in a form
MOST_UPLOADED_BYTES = 50_100_000  # the largest file, and a form around it
LONGEST_UPLOAD_S = 600.0
MOST_STREAMED_BYTES = 2_000_000_000
LONGEST_STREAM_S = 3_600.0
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
        headers = dict(scope["headers"])
        most, longest_s = self._bounds(scope, headers.get(b"content-type", b""))
        refusal = _refused_by_headers(headers, most)
        if refusal is None:
            await self._app(scope, _Bounded(receive, most, longest_s, silence_s=self._longest_s), send)
        else:
            await from_http(refusal)(scope, receive, send)

    def _bounds(self, scope: Scope, content_type: bytes) -> tuple[int, float]:
        """(bytes, seconds) that this request's body may have."""
        kind = content_type.partition(b";")[0].strip().lower()
        if kind == STREAMED and scope["path"] != UPLOADS:
            return MOST_STREAMED_BYTES, LONGEST_STREAM_S
        if scope["path"] == UPLOADS and kind != b"application/json":
            return MOST_UPLOADED_BYTES, LONGEST_UPLOAD_S
        return MOST_BYTES, self._longest_s


class _Bounded:
    """`receive`, counting; raises HttpProblem into whoever reads the body."""

    def __init__(self, receive: Receive, most: int, longest_s: float, *, silence_s: float) -> None:
        self._receive = receive
        self._most = most
        self._longest_s = longest_s
        self._silence_s = silence_s
        self._bytes = 0
        self._whole = False
        self._deadline_s = asyncio.get_running_loop().time() + longest_s

    async def __call__(self) -> Message:
        if self._whole:  # what comes now is the news that the client has gone
            return await self._receive()
        try:
            silent_until_s = asyncio.get_running_loop().time() + self._silence_s
            async with asyncio.timeout_at(min(self._deadline_s, silent_until_s)):
                message = await self._receive()
        except TimeoutError:
            detail = f"The body did not arrive within {self._longest_s:g} s, or it paused too long."
            raise HttpProblem(408, detail, headers=HANG_UP) from None
        self._bytes += len(message.get("body", b""))
        self._whole = not message.get("more_body", False)
        if self._bytes > self._most:
            raise _too_large(self._most, hang_up=True)
        return message


def _refused_by_headers(headers: dict[bytes, bytes], most: int) -> HttpProblem | None:
    length = headers.get(b"content-length", b"")
    if length.isdigit() and int(length[:20]) > most:
        return _too_large(most, hang_up=int(length[:20]) > DRAINED_BYTES)
    if headers.get(b"content-encoding", b"identity") != b"identity":
        return HttpProblem(415, "The body is compressed, which is not taken here.")
    return None


def _too_large(most: int, *, hang_up: bool) -> HttpProblem:
    headers = HANG_UP if hang_up else {}
    return HttpProblem(413, f"The body has more than {most:,} bytes.", headers=headers)
