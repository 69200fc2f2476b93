"""What all providers over HTTP have in common: where to, in which API, and one call on the shared loop."""

from __future__ import annotations

import threading
from collections.abc import Callable

from adapters.llm import loop
from adapters.llm.protocol import Reply, Request
from adapters.llm.target import Target
from adapters.llm.wire.answer import Wire
from errors import Cancelled


class HttpProvider:
    """See `protocol.Provider`. `paid` is always true: a gateway on this machine may pay elsewhere.

    Worker threads call it in parallel; all calls of a process share one client on one event loop. It makes
    each call once: retrying is the job's, which has the reply or the error to decide by.
    """

    paid = True

    def __init__(self, name: str, wire: Wire, target: Callable[[], Target]) -> None:
        self.name = name
        self._wire = wire
        self._target = target

    def complete(self, request: Request, cancelled: threading.Event | None = None) -> Reply:
        """One call. Raises before any socket is opened where the address or the key is wrong."""
        target = self._target()
        if cancelled is not None and cancelled.is_set():
            raise Cancelled("The LLM call was cancelled before it began.")
        # Imports the HTTP client: only when needed, and not on the loop that others wait for.
        from adapters.llm.wire.client import call

        raw, latency_ms = loop.run(call(target, self._wire, request), request.timeout_s, cancelled)
        read = self._wire.read(raw)
        model = read.model or request.model
        return Reply(read.text, self.name, model, read.usage, raw, latency_ms, read.finish)
