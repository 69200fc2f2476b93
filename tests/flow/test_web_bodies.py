"""Bodies over HTTP: too large, too slow, compressed, of another type, unsound; always a clear problem."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import socket
import time
from collections.abc import Iterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from tests.harness.web import JSON, Web, problem_of
from web.failures import add_handlers
from web.limits import MOST_BYTES, BodyLimit
from web.shield import Shield

BODY = b'{"analysis": "text.sentiment", "content": {"text": "Fine."}}'


def post(client: httpx.Client, content: bytes | Iterator[bytes], **headers: str) -> httpx.Response:
    return client.post("/v1/jobs", content=content, headers=JSON | headers)


def test_a_body_past_the_limit_is_413_by_its_length_alone(web: Web) -> None:
    with socket.create_connection(("127.0.0.1", web.port)) as raw:
        raw.sendall(b"POST /v1/jobs HTTP/1.1\r\nHost: x\r\nContent-Length: 5000001\r\n\r\n")
        raw.settimeout(5)
        assert b"413" in raw.recv(100)


def test_whoever_sends_a_little_too_much_gets_to_read_the_answer(web: Web) -> None:
    client = web.as_role()
    for _ in range(2):
        assert problem_of(post(client, b" " * (MOST_BYTES + 1_000_000)))["status"] == 413


def test_a_body_without_a_length_is_cut_off_at_the_limit(web: Web) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while sent < 20 * MOST_BYTES:
            sent += 65_536
            yield b" " * 65_536

    client = web.as_role()
    with contextlib.suppress(httpx.TransportError):  # the server may hang up while we are still sending
        assert problem_of(post(client, endless()))["error_class"] == "too_large"
    assert sent < 10 * MOST_BYTES  # what the sockets between us hold is sent as well
    assert client.get("/livez").status_code == 200


def test_a_text_of_five_megabytes_is_refused_clearly_and_soon(web: Web) -> None:
    client = web.as_role()
    begun_s = time.monotonic()
    body = b'{"analysis": "text.sentiment", "content": {"text": "' + b"a" * (MOST_BYTES - 60) + b'"}}'
    refused = post(client, body)
    assert "200,000" in problem_of(refused)["detail"]
    assert refused.status_code == 422
    assert time.monotonic() - begun_s < 5


async def test_a_body_that_drips_is_408() -> None:
    async def read(request: Request) -> PlainTextResponse:
        await request.body()
        return PlainTextResponse("read")

    app = Starlette(routes=[Route("/", read, methods=["POST"])])
    app.add_middleware(BodyLimit, longest_s=0.2)
    app.add_middleware(Shield)
    add_handlers(app)  # type: ignore[arg-type]

    async def drip():  # type: ignore[no-untyped-def]
        for _ in range(20):
            await asyncio.sleep(0.05)
            yield b"a"

    sent: list[dict[str, object]] = []
    drops = drip()

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": await anext(drops), "more_body": True}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": [], "query_string": b""}
    await app(scope, receive, send)  # type: ignore[arg-type]
    assert sent[0]["status"] == 408


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (gzip.compress(BODY), {"content-encoding": "gzip"}, 415),
        (BODY, {"content-type": "text/plain"}, 415),
        (BODY, {"content-type": "application/x-www-form-urlencoded"}, 415),
        (b"", {}, 422),
        (b"null", {}, 422),
        (b"[]", {}, 422),
        (b'"text"', {}, 422),
        (b"{}", {}, 422),
        (b"{", {}, 400),
        (BODY[:-1] + b', "analysis": "x"}', {}, 400),
        (BODY.replace(b"Fine.", b"\\ud800"), {}, 400),
        (BODY.replace(b'"Fine."', b"NaN"), {}, 400),
        (b'{"analysis": "text.sentiment", "content": ' + b'{"a":' * 5_000 + b"1" + b"}" * 5_001, {}, 400),
        (BODY.replace(b"Fine.", b"\\u0000"), {}, 422),
        (BODY.replace(b"text.sentiment", b"text.sentimnt"), {}, 422),
        (BODY.replace(b"text.sentiment", b"a\\u0000b"), {}, 422),
        (BODY[:-1] + b', "prority": "high"}', {}, 422),
        (BODY[:-1] + b', "priority": "urgent"}', {}, 422),
        (BODY[:-1] + b', "delay_s": -1}', {}, 422),
        (BODY[:-1] + b', "delay_s": 1e300}', {}, 422),
        (BODY[:-1] + b', "dedup_key": "a\\u0000b"}', {}, 422),
        (BODY[:-1] + b', "notify": ["carrier-pigeon:home"]}', {}, 422),
        (BODY, {"idempotency-key": ""}, 422),
        (BODY, {"idempotency-key": "k" * 201}, 422),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_a_body_that_cannot_be_taken_is_a_clear_problem(
    web: Web, content: bytes, headers: dict[str, str], status: int
) -> None:
    client = web.as_role()
    assert problem_of(post(client, content, **headers))["status"] == status
    assert client.get("/v1/jobs").json()["items"] == []


def test_a_problem_never_repeats_what_was_sent(web: Web) -> None:
    client = web.as_role()
    for body in (
        b'{"analysis": "text.sentiment", "content": {"text": 5}, "priority": "SECRET"}',
        b'{"analysis": "text.sentiment", "content": "SECRET"}',
        b'{"analysis": "text.sentiment", "content": {"text": ["SECRET"]}}',
        b'{"SECRET: ',
    ):
        assert "SECRET" not in post(client, body).text
