"""What the Batch API needs of the HTTP client: short questions in JSON, a file up, a file down."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import orjson

from adapters.llm.target import Target
from adapters.llm.wire.answer import parse
from adapters.llm.wire.client import BodyTooLarge, bounded, error_object, session, translate
from adapters.llm.wire.faults import about, from_status

LARGEST_FILE_BYTES = 2_000_000_000  # 50,000 answers of 40 kB


async def ask(
    target: Target, method: str, path: str, body: dict[str, Any] | None, limit_s: float
) -> dict[str, Any]:
    """One question in JSON; raises our errors only."""
    data = None if body is None else orjson.dumps(body)
    return await _answered(target, method, path, data, {}, limit_s)


async def upload(target: Target, path: Path, limit_s: float) -> dict[str, Any]:
    """Send a file for a batch; gives what the server says of it."""
    with path.open("rb") as content:
        form = aiohttp.FormData()
        form.add_field("purpose", "batch")
        form.add_field("file", content, filename=path.name, content_type="application/jsonl")
        payload = form()
        kind = {"Content-Type": payload.headers["Content-Type"]}
        return await _answered(target, "POST", "files", payload, kind, limit_s)


async def download(target: Target, path: str, to: Path, limit_s: float) -> None:
    """Save a file, as it comes; raises ServiceError where it is larger than any can be."""
    try:
        async with (
            asyncio.timeout(limit_s),
            session(target).get(f"{target.base_url.rstrip('/')}/{path}", allow_redirects=False) as response,
        ):
            if not 200 <= response.status < 300:
                raise _refused(target, response, await bounded(response), path)
            received = 0
            with to.open("wb") as saved:
                async for chunk in response.content.iter_any():
                    received += len(chunk)
                    if received > LARGEST_FILE_BYTES:
                        raise BodyTooLarge("the file is too large")
                    saved.write(chunk)
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise about(target.prefix, translate(error, timeout_s=limit_s)) from None


async def _answered(
    target: Target, method: str, path: str, data: Any, headers: dict[str, str], limit_s: float
) -> dict[str, Any]:
    address = f"{target.base_url.rstrip('/')}/{path}"
    try:
        async with (
            asyncio.timeout(limit_s),
            session(target).request(
                method, address, data=data, headers=headers, allow_redirects=False
            ) as response,
        ):
            content = await bounded(response)
            if not 200 <= response.status < 300:
                raise _refused(target, response, content, path)
            return parse(content)
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise about(target.prefix, translate(error, timeout_s=limit_s)) from None


def _refused(target: Target, response: aiohttp.ClientResponse, content: bytes, path: str) -> Exception:
    api = path.partition("/")[0].partition("?")[0]
    return about(
        target.prefix,
        from_status(response.status, error_object(content), response.headers, model="", api=api),
    )
