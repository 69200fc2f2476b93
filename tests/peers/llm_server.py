"""A small real HTTP server of our own, for what no peer does: slow drips, odd bodies, seen disconnects.

It speaks plain HTTP/1.1 on a loopback port, one thread with its own event loop, and records every
request and whether the caller hung up before the answer was sent.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Answer:
    """What to send: `body` after `delay_s`, in one piece, or byte by byte `drip_s` apart."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    drip_s: float = 0.0
    break_off: bool = False  # promise the body, then close the connection


@dataclass
class Seen:
    """One request as it arrived; `hung_up_at` is when the caller closed before it had its answer."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    hung_up_at: float | None = None


class LlmServer:
    """`answer` may be replaced at any time; it is given each request and says what to send."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.connections = 0
        self.answer: Callable[[Seen], Answer] = lambda seen: Answer()
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> LlmServer:
        self._thread.start()
        opening = asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=512)
        self._server = asyncio.run_coroutine_threadsafe(opening, self._loop).result(5)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    async def _end(self) -> None:
        assert self._server is not None
        self._server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"

    def wait_for_hang_up(self, within_s: float) -> float:
        """When the first caller hung up; fails if none does in time."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            if self.seen and self.seen[0].hung_up_at is not None:
                return self.seen[0].hung_up_at
            time.sleep(0.01)
        raise AssertionError("the server saw no disconnect")

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                seen = await _read(reader)
                self.seen.append(seen)
                await self._send(seen, self.answer(seen), reader, writer)
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _send(
        self, seen: Seen, answer: Answer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        hang_up = asyncio.ensure_future(reader.read(1)) if answer.delay_s else None
        if hang_up is not None:
            await asyncio.wait([hang_up], timeout=answer.delay_s)
            if hang_up.done():
                seen.hung_up_at = time.monotonic()
                raise ConnectionError
            hang_up.cancel()
            await asyncio.gather(hang_up, return_exceptions=True)
        head = {"content-type": "application/json", "content-length": str(len(answer.body)), **answer.headers}
        lines = [f"HTTP/1.1 {answer.status} X", *(f"{name}: {value}" for name, value in head.items())]
        writer.write("\r\n".join([*lines, "", ""]).encode("latin-1"))
        if answer.break_off:
            writer.write(answer.body[: len(answer.body) // 2])
            await writer.drain()
            raise ConnectionError
        for piece in [answer.body] if not answer.drip_s else [bytes([byte]) for byte in answer.body]:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(answer.drip_s)


async def _read(reader: asyncio.StreamReader) -> Seen:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Seen(head[0].split(" ")[1], headers, json.loads(body or b"{}"))


def reply(text: str, api: str = "responses", **more: Any) -> Answer:
    """A good reply of either API around `text`; `more` replaces its top-level fields."""
    if api == "responses":
        part = {"type": "output_text", "text": text, "annotations": []}
        raw = {
            "id": "resp_1",
            "object": "response",
            "status": "completed",
            "model": "gpt-5-mini-2025-08-07",
            "error": None,
            "output": [
                {"type": "reasoning", "id": "rs_1", "summary": []},
                {"type": "message", "role": "assistant", "status": "completed", "content": [part]},
            ],
            "usage": {
                "input_tokens": 120,
                "input_tokens_details": {"cached_tokens": 100},
                "output_tokens": 80,
                "output_tokens_details": {"reasoning_tokens": 64},
            },
        }
    else:
        message = {"role": "assistant", "content": text, "refusal": None}
        raw = {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "model": "gpt-5-mini-2025-08-07",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {
                "prompt_tokens": 120,
                "prompt_tokens_details": {"cached_tokens": 100},
                "completion_tokens": 80,
                "completion_tokens_details": {"reasoning_tokens": 64},
            },
        }
    return Answer(body=json.dumps(raw | more).encode())


def fault(status: int, code: str | None = None, message: str = "SECRET detail", **headers: str) -> Answer:
    """An error as OpenAI words it, with a message that must not come through."""
    error = {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code}}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, body=json.dumps(error).encode(), headers=named)
