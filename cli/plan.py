"""The plan of `gristmill up`: what is to run and where, and whether that place is free."""

from __future__ import annotations

import errno
import socket
from dataclasses import dataclass

from cli.problems import WrongUsage


@dataclass(frozen=True)
class Plan:
    """What is to run, and where."""

    host: str
    port: int
    processes: int
    threads: int
    web: bool = True
    worker: bool = True
    scheduler: bool = True
    logs_here: bool = False

    @property
    def services(self) -> list[str]:
        return [name for name in ("web", "worker", "scheduler") if getattr(self, name)]

    @property
    def address(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


def require_free(host: str, port: int) -> None:
    """Raises WrongUsage if nothing can listen at the address."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            why = f"Port {port} is in use; choose another with --port, or stop what listens there."
        else:
            why = f"Nothing can listen at {host}, port {port}: {error.strerror or error}."
        raise WrongUsage(why) from None
