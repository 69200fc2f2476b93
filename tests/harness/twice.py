"""Twice: a middleware that makes every message go out two times, and counts those that were skipped.

Workers load `twice_everywhere`; the process that submits uses `doubled()`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dramatiq
from dramatiq import Broker, Message, MessageProxy, Middleware

from settings import get_settings
from tests.harness.traces import COPIED, SKIPPED, append


class Twice(Middleware):
    """Sends a copy of whatever was sent, under another id of Redis's and with the same content."""

    def __init__(self) -> None:
        self._here = threading.local()

    def after_enqueue(self, broker: Broker, message: Message[Any], delay: int | None) -> None:
        if getattr(self._here, "copying", False):
            return
        self._here.copying = True
        try:
            broker.enqueue(message)
            append(get_settings().home / COPIED, ".")
        finally:
            self._here.copying = False

    def after_skip_message(self, broker: Broker, message: MessageProxy) -> None:
        append(get_settings().home / SKIPPED, ".")


@contextmanager
def doubled() -> Iterator[None]:
    """Whatever this process sends inside goes out twice."""
    broker, twice = dramatiq.get_broker(), Twice()
    broker.add_middleware(twice)
    try:
        yield
    finally:
        broker.middleware.remove(twice)
