"""The `openai` provider: OpenAI's Responses API or chat.completions, there or at a compatible server.

Worker threads call it in parallel; all calls of a process share one client on one event loop. It makes
each call once: retrying is the job's, which has the reply or the error to decide by.
"""

from __future__ import annotations

import threading

from adapters.llm import loop
from adapters.llm.protocol import Reply, Request
from adapters.llm.target import find_target
from adapters.llm.wire import chat, responses
from adapters.llm.wire.answer import Wire
from errors import Cancelled
from settings import Settings

NAME = "openai"


class OpenAIProvider:
    """See `protocol.Provider`. `paid` is always true: a gateway on this machine may pay elsewhere."""

    name = NAME
    paid = True

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._wire: Wire = chat if settings.llm_api == chat.API else responses

    def complete(self, request: Request, cancelled: threading.Event | None = None) -> Reply:
        """One call. Raises before any socket is opened where the address or the key is wrong."""
        target = find_target(self._settings)
        if cancelled is not None and cancelled.is_set():
            raise Cancelled("The LLM call was cancelled before it began.")
        # Imports openai, which takes a second: only when needed, and not on the loop that others wait for.
        from adapters.llm.wire.client import call

        raw, latency_ms = loop.run(call(target, self._wire, request), request.timeout_s, cancelled)
        read = self._wire.read(raw)
        return Reply(read.text, NAME, read.model or request.model, read.usage, raw, latency_ms, read.finish)


def provider(settings: Settings) -> OpenAIProvider:
    """The provider. It checks nothing yet: a wrong key is an error of the jobs, not the worker's end."""
    return OpenAIProvider(settings)
