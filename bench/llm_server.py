"""A model server that does nothing but wait: every chat completion after 300 ms, in a process of its own.

`python -m bench.llm_server` prints its port. Written on the bare protocol, so that what is measured is
the caller and not this.
"""

from __future__ import annotations

import asyncio

import orjson

LATENCY_S = 0.3
ANSWER = orjson.dumps({"confidence": 1.0, "chars": 20}).decode()
REPLY = orjson.dumps(
    {
        "id": "chatcmpl-bench",
        "object": "chat.completion",
        "created": 0,
        "model": "bench",
        "choices": [
            {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": ANSWER}}
        ],
        "usage": {"prompt_tokens": 60, "completion_tokens": 12, "total_tokens": 72},
    }
)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
RESPONSE = HEAD % len(REPLY) + REPLY


class Waiter(asyncio.Protocol):
    """One kept connection: each whole request is answered `LATENCY_S` after it came."""

    def __init__(self) -> None:
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, ended, body = self._received.partition(b"\r\n\r\n")
        if ended and len(body) >= _length(head):
            self._received = b""
            asyncio.get_running_loop().call_later(LATENCY_S, self._transport.write, RESPONSE)


def _length(head: bytes) -> int:
    _, _, after = head.lower().partition(b"content-length:")
    return int(after.partition(b"\r\n")[0] or 0)


async def serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Waiter, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
