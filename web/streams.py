"""Streams: events as they happen, to a client that stays (server-sent events, WHATWG HTML §9.2).

Each event has its number as its id, so a client that comes back with `Last-Event-ID` goes on from there.
A stream that is over says `event: end`; a client that asks again after that is told 204, to stop asking.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

from fastapi.sse import format_sse_event
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from models.database import reading
from models.feed import Which
from models.reports import key_holder
from models.tenants import Caller
from pipelines.following import Following, present
from web.problems import HttpProblem
from web.views import event as shown

MEDIA_TYPE = "text/event-stream"
HEARTBEAT_S = 15.0  # proxies end what is silent for longer
MOST_AT_ONCE = 200  # of one process, so that those who stay leave room for those who ask
UNBUFFERED = {"X-Accel-Buffering": "no"}  # nginx would hold events back

_open: set[Stream] = set()


class Stream:
    """One client's stream; ends by itself when it is over, the key was revoked, or the server stops."""

    def __init__(self, which: Which, after: int, caller: Caller) -> None:
        self._which, self._after, self._caller = which, after, caller
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self._stopping = False

    def stop(self) -> None:
        """End it soon; the client may go on elsewhere."""
        self._stopping = True
        self._news.set()

    async def body(self) -> AsyncIterator[bytes]:
        following = await run_in_threadpool(Following, self._which, after=self._after, wake=self._wake)
        _open.add(self)
        try:
            async for part in self._told(following):
                yield part
        finally:
            _open.discard(self)
            following.close()

    async def _told(self, following: Following) -> AsyncIterator[bytes]:
        checked_s = time.monotonic()
        while not self._stopping:
            for event in await run_in_threadpool(following.take):
                yield format_sse_event(data_str=shown(event).model_dump_json(), id=str(event.number))
            if following.over:
                yield format_sse_event(data_str="{}", event="end")
                return
            if not following.is_behind and not await self._woken():
                yield format_sse_event(comment="")
            if time.monotonic() - checked_s >= HEARTBEAT_S:
                checked_s = time.monotonic()
                if not await run_in_threadpool(self._may_stay):
                    return

    async def _woken(self) -> bool:
        """True once there is news; False if there was none for as long as a silence may last."""
        try:
            await asyncio.wait_for(self._news.wait(), HEARTBEAT_S)
        except TimeoutError:
            return False
        self._news.clear()
        return True

    def _wake(self) -> None:
        self._loop.call_soon_threadsafe(self._news.set)

    def _may_stay(self) -> bool:
        with reading() as connection:
            return key_holder(connection, self._caller.key_id) is not None


async def stream(which: Which, after: int | None, caller: Caller) -> Response:
    """What comes after that number; None: after this moment. Raises HttpProblem 503 where all are taken."""
    if len(_open) >= MOST_AT_ONCE:
        detail = f"As many streams are open as may be at once ({MOST_AT_ONCE})."
        raise HttpProblem(503, detail, headers={"Retry-After": "10"})
    if after and await run_in_threadpool(_is_over, which, after):
        return Response(status_code=204)
    begin = await run_in_threadpool(present) if after is None else after
    body = Stream(which, begin, caller).body()
    return StreamingResponse(body, media_type=MEDIA_TYPE, headers=UNBUFFERED)


def stop_all() -> None:
    """The server stops: no client is waited for."""
    for one in list(_open):
        one.stop()


def _is_over(which: Which, after: int) -> bool:
    following = Following(which, after=after)
    try:
        return not following.take() and following.over
    finally:
        following.close()
