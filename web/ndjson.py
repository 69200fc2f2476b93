"""Streamed rows: a body of JSON lines becomes the members of a batch while it arrives, in little memory.

Each line is read as strictly as any other body. What breaks off leaves nothing running, whosever fault it is.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import anyio
from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from pipelines.feeding import CHUNK, Feeding
from web.dispatcher import dispatcher
from web.json_body import parse
from web.limits import MOST_BYTES
from web.problems import HttpProblem

MEDIA_TYPE = "application/x-ndjson"
MOST_ROWS = 1_000_000
CHUNK_BYTES = 4_000_000  # parsed at once, however few lines that is


async def feed(feeding: Feeding, body: AsyncIterator[list[bytes]]) -> None:
    """Store what arrives as members, and seal the batch. Raises with the number of a bad row."""
    try:
        async for lines in body:
            await run_in_threadpool(_store, feeding, lines)
            dispatcher.poke()
        await run_in_threadpool(feeding.seal)
    except BaseException:
        with anyio.CancelScope(shield=True):
            await run_in_threadpool(feeding.abandon)
        raise
    dispatcher.poke()


async def chunks(request: Request) -> AsyncIterator[list[bytes]]:
    """The lines of a body, some hundred at a time; empty ones are left out."""
    rest, lines, size = b"", [], 0
    try:
        async for data in request.stream():
            *whole, rest = (rest + data).split(b"\n")
            if len(rest) > MOST_BYTES:
                raise HttpProblem(413, f"A line has more than {MOST_BYTES:,} bytes; split its text.")
            lines += [line for line in whole if line.strip()]
            size += len(data)
            while len(lines) >= CHUNK or (lines and size >= CHUNK_BYTES):
                yield lines[:CHUNK]
                lines, size = lines[CHUNK:], 0
    except ClientDisconnect:
        raise HttpProblem(400, "The body broke off before its end.") from None
    if rest.strip():
        lines.append(rest)
    if lines:
        yield lines


def _store(feeding: Feeding, lines: list[bytes]) -> None:
    if feeding.fed + len(lines) > MOST_ROWS:
        raise HttpProblem(413, f"A batch takes at most {MOST_ROWS:,} rows here; make several of them.")
    feeding.feed([_row(line, number) for number, line in enumerate(lines, feeding.fed + 1)])


def _row(line: bytes, number: int) -> Any:
    try:
        return parse(line)
    except HttpProblem as problem:
        raise HttpProblem(problem.status_code, f"Row {number}: {problem.detail}") from None
