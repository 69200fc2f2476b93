"""The guard: from the moment `guard()` is called, this process can reach nothing but itself.

An audit hook sees every connection and look-up that Python makes, in whatever library, and cannot be
taken off again. Unix sockets and loopback pass. (libpq connects in C; the tests give it unix sockets.)
"""

from __future__ import annotations

import ipaddress
import socket
import sys
from typing import Any

WATCHED = {"socket.connect": 1, "socket.sendto": 1, "socket.getaddrinfo": 0, "socket.gethostbyname": 0}
_on = False


class NetworkForbidden(RuntimeError):
    """A test tried to leave this machine."""


def guard() -> None:
    """Forbid everything but loopback in this process, for as long as it lives."""
    global _on
    if not _on:
        _on = True
        sys.addaudithook(_look)


def is_own(host: object) -> bool:
    """True for this machine's own names and addresses."""
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if not isinstance(host, str) or host in ("", "localhost", socket.gethostname()):
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _look(event: str, arguments: tuple[Any, ...]) -> None:
    place = WATCHED.get(event)
    if place is None:
        return
    target = arguments[place]
    if isinstance(target, str | bytes) and place == 1:
        return  # a unix socket's path
    host = target[0] if isinstance(target, tuple) else target
    if not is_own(host):
        raise NetworkForbidden(f"Tests reach loopback only; something tried {event} to another host.")
