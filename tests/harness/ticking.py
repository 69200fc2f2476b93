"""Loaded into a worker: each tick that it does leaves a byte in `ticks.log`."""

from __future__ import annotations

from typing import Any

import dramatiq
from dramatiq import Broker, MessageProxy, Middleware

from settings import get_settings
from tests.harness.traces import TICKS, append


class Ticking(Middleware):
    """Counts ticks."""

    def after_process_message(
        self,
        broker: Broker,
        message: MessageProxy,
        *,
        result: Any = None,
        exception: BaseException | None = None,
    ) -> None:
        if message.actor_name == "tick":
            append(get_settings().home / TICKS, "." if exception is None else "!")


dramatiq.get_broker().add_middleware(Ticking())
