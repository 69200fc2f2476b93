"""Network: connections that go to public addresses only, and that all end at one deadline.

A name is resolved once, every answer is looked at, and the connection goes to an address that was looked at:
whoever answers differently the second time (DNS rebinding) is never asked a second time.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable
from typing import Any

import httpcore

from adapters.safety.addresses import Resolve, is_public
from errors import InvalidInput, ServiceError, Timeout

PORTS = (80, 443)
CONNECT_S = 10.0  # for one address; another one may answer
MOST_TRIED = 4  # addresses of one host


class Deadline:
    """One end for a whole conversation, whatever its parts are."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._ends_s = time.monotonic() + limit_s

    def left_s(self, most_s: float = float("inf")) -> float:
        """What is left, at most `most_s`. Raises Timeout where nothing is."""
        left_s = self._ends_s - time.monotonic()
        if left_s <= 0:
            raise Timeout(f"The address did not answer in full within {self._limit_s:g} s.")
        return min(left_s, most_s)


class PublicNetwork(httpcore.NetworkBackend):
    """What httpcore connects by. With `allow_private` any address and any port will do."""

    def __init__(
        self, deadline: Deadline, resolve: Resolve, wires: httpcore.NetworkBackend, *, allow_private: bool
    ) -> None:
        self._deadline = deadline
        self._resolve = resolve
        self._wires = wires
        self._allow_private = allow_private

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Raises InvalidInput for a forbidden address or port, NotFound, ServiceError, Timeout."""
        addresses = self._allowed(host, port)
        for address in addresses[:MOST_TRIED]:
            try:
                limit_s = self._deadline.left_s(CONNECT_S)
                return Timed(self._wires.connect_tcp(address, port, timeout=limit_s), self._deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        self._deadline.left_s()
        raise ServiceError(f"{host[:100]} does not take connections on port {port}.")

    def connect_unix_socket(self, *args: Any, **options: Any) -> httpcore.NetworkStream:
        raise InvalidInput("Only addresses on the network are fetched.")

    def _allowed(self, host: str, port: int) -> list[str]:
        if not self._allow_private and port not in PORTS:
            raise InvalidInput(f"Port {port} is not fetched from, only 80 and 443; see ALLOW_PRIVATE_FETCH.")
        addresses = list(self._resolve(host, port))
        if not self._allow_private and not all(map(is_public, addresses)):
            raise InvalidInput(
                f"{host[:100]} is not on the public internet, so it is not fetched. "
                "ALLOW_PRIVATE_FETCH=1 allows it, for everybody who may name an address."
            )
        return addresses


class Timed(httpcore.NetworkStream):
    """A connection whose every wait ends at the deadline."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left_s())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left_s())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        inner = self._stream.start_tls(ssl_context, server_hostname, self._deadline.left_s(CONNECT_S))
        return Timed(inner, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
