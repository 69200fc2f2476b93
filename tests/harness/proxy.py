"""A proxy in front of a server: it breaks connections where a reply was due, and can be down for a while.

It listens where everybody looks for the server, and the server itself listens elsewhere. Both are unix
sockets: nothing here leaves the machine.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

CHUNK_BYTES = 65_536
ACTS_WITHIN_S = 10.0


class Proxy:
    """`drop_share` of the replies are not passed on, and their connections broken in their place.

    So it is with the reply to the next request that contains `unanswered`, once that is set.
    """

    def __init__(self, front: Path, back: Path, dice: random.Random) -> None:
        self.drop_share = 0.0
        self.unanswered = b""
        self.dropped = 0
        self.passed = 0
        self._drop_next = False
        self._front, self._back, self._dice = front, back, dice
        self._pipes: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._thread.start()

    def up(self) -> None:
        """Listen, and pass on."""
        self._do(self._open())

    def down(self) -> None:
        """Refuse everybody, and break every connection."""
        self._do(self._close())

    def close(self) -> None:
        self.down()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(ACTS_WITHIN_S)
        self._loop.close()

    def _do(self, act: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(act, self._loop).result(ACTS_WITHIN_S)

    async def _open(self) -> None:
        self._front.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, self._front)

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        self._front.unlink(missing_ok=True)
        for pipe in list(self._pipes):
            pipe.cancel()
        await asyncio.gather(*self._pipes, return_exceptions=True)

    async def _serve(self, asking: asyncio.StreamReader, answering: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._pipes.add(task)
        with contextlib.suppress(OSError, asyncio.CancelledError):
            reader, writer = await asyncio.open_unix_connection(self._back)
            try:
                ways = [self._pass_on(asking, writer), self._pass_replies(reader, answering)]
                tasks = [asyncio.ensure_future(way) for way in ways]
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in tasks:
                    way.cancel()
                writer.close()
        answering.close()
        self._pipes.discard(task)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(CHUNK_BYTES):
            if self.unanswered and self.unanswered in data:
                self.unanswered, self._drop_next = b"", True
            writer.write(data)
            await writer.drain()

    async def _pass_replies(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(CHUNK_BYTES):
            if self._drop_next or self._dice.random() < self.drop_share:
                self._drop_next = False
                self.dropped += 1
                return
            self.passed += 1
            writer.write(data)
            await writer.drain()
