"""One event loop on one thread per process, for all HTTP calls; and the wait for them from worker threads.

It starts with the first call. A forked child starts its own: threads do not survive a fork.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

from errors import Cancelled, Timeout

T = TypeVar("T")
POLL_S = 0.4  # how late a cancel, or an exception thrown into the waiting thread, is noticed
GRACE_S = 10.0  # what a call may take beyond its own time limit before the loop counts as stuck

_lock = threading.Lock()
_loop: asyncio.AbstractEventLoop | None = None


def _forget() -> None:
    """In a forked child: the parent's loop has no thread here, and its lock may be held for ever."""
    global _lock, _loop
    _lock = threading.Lock()
    _loop = None


os.register_at_fork(after_in_child=_forget)


def get_loop() -> asyncio.AbstractEventLoop:
    """The running loop of this process."""
    global _loop
    with _lock:
        if _loop is None:
            _loop = asyncio.new_event_loop()
            threading.Thread(target=_loop.run_forever, name="gristmill-llm", daemon=True).start()
        return _loop


def run(call: Coroutine[Any, Any, T], limit_s: float, cancelled: threading.Event | None = None) -> T:
    """Run `call` on the loop and wait for what it returns or raises.

    Setting `cancelled` cancels the call, which closes its connection, and raises `Cancelled`; a result
    that was there first is returned all the same, since it has been paid for. Whatever is thrown into
    the waiting thread (a worker's time limit, a shutdown) cancels the call too.
    """
    future = asyncio.run_coroutine_threadsafe(call, get_loop())
    deadline = time.monotonic() + limit_s + GRACE_S
    try:
        while True:
            try:
                return future.result(POLL_S)
            except TimeoutError:
                if future.done():  # in this very moment; or it was the call's own, which is raised again
                    return future.result()
            if cancelled is not None and cancelled.is_set() and future.cancel():
                raise Cancelled("The LLM call was cancelled.")
            if time.monotonic() > deadline and future.cancel():
                raise Timeout(f"The LLM call did not end {GRACE_S:g} s after its limit of {limit_s:g} s.")
    except BaseException:
        future.cancel()
        raise
