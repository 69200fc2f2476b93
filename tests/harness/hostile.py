"""Hostile servers on loopback: each says exactly the bytes a test wants, at the pace it wants."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

import httpcore

Handler = Callable[[socket.socket, bytes], None]
"""Answers one connection, whose request's head has been read."""


@contextlib.contextmanager
def server(handle: Handler) -> Iterator[int]:
    """A server on a loopback port that `handle` answers for; each connection has a thread of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_accept, args=(listener, handle), daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, handle: Handler) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_serve, args=(connection, handle), daemon=True).start()


def _serve(connection: socket.socket, handle: Handler) -> None:
    with connection, contextlib.suppress(OSError):
        head = b""
        while b"\r\n\r\n" not in head:
            if not (chunk := connection.recv(65_536)):
                return
            head += chunk
        handle(connection, head)


def says(status: int, body: bytes = b"", **headers: str) -> Handler:
    """An ordinary answer; names of headers have `_` for `-`, and override what would be said else."""
    told = {"Content-Length": str(len(body)), "Connection": "close"}
    told |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in told.items())

    def handle(connection: socket.socket, head: bytes) -> None:
        connection.sendall(f"HTTP/1.1 {status} Told\r\n{lines}\r\n".encode() + body)

    return handle


def by_path(pages: dict[str, Handler]) -> Handler:
    """Another answer for each path."""

    def handle(connection: socket.socket, head: bytes) -> None:
        pages[head.split(b" ", 2)[1].decode()](connection, head)

    return handle


class Wires(httpcore.NetworkBackend):
    """Connections to public addresses that end at loopback ports; notes where each was to go."""

    def __init__(self, ports: dict[str, int]) -> None:
        self._ports = ports
        self._real = httpcore.SyncBackend()
        self.dialled: list[str] = []

    def connect_tcp(self, host: str, port: int, **options: object) -> httpcore.NetworkStream:  # type: ignore[override]
        self.dialled.append(host)
        return self._real.connect_tcp("127.0.0.1", self._ports[host], timeout=5)
