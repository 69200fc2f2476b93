"""The `openai` provider: OpenAI's Responses API or chat.completions, there or at a compatible server.

Compatible servers differ in what they take as the form of an answer. One that refuses a JSON schema is asked
for any JSON object, and one that refuses that for plain text, each time with the schema in the instructions;
what a model's server takes is remembered as long as the process lives. The refused calls cost nothing.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from functools import partial
from typing import Any

from adapters.llm.batches import Batches
from adapters.llm.over_http import HttpProvider
from adapters.llm.protocol import FORMS, Reply, Request
from adapters.llm.target import find_target
from adapters.llm.wire import chat, responses
from adapters.llm.wire.faults import FormRefused, NoRoomInFlex
from settings import Settings

NAME = "openai"


class OpenAIProvider(HttpProvider):
    """`HttpProvider` that finds out which form of answer a server takes."""

    def __init__(self, settings: Settings) -> None:
        wire = chat if settings.llm_api == chat.API else responses
        super().__init__(NAME, wire, partial(find_target, settings))
        self._settings = settings
        self._forms: dict[str, int] = {}  # model → the first of `FORMS` that its server does not refuse

    def body(self, request: Request) -> dict[str, Any]:
        """The request as it stands in a batch."""
        return self._wire.body(request)

    def batches(self) -> Batches:
        """The Batch API at the same address. Raises where the address or the key is wrong."""
        return Batches(NAME, find_target(self._settings), self._wire)

    def complete(self, request: Request, cancelled: threading.Event | None = None) -> Reply:
        """One call that is answered or fails; others before it may be refused, and cost nothing.

        They are over the answer's form, or because there is no room for a cheap call: then it is made as an
        ordinary one, at once.
        """
        try:
            return replace(self._in_a_form(request, cancelled), lane=request.lane)
        except NoRoomInFlex:
            return self._in_a_form(replace(request, lane="realtime"), cancelled)

    def _in_a_form(self, request: Request, cancelled: threading.Event | None) -> Reply:
        for place in range(self._forms.get(request.model, 0), len(FORMS)):
            try:
                return super().complete(replace(request, form=FORMS[place]), cancelled)
            except FormRefused:
                if self._wire is not chat or place + 1 == len(FORMS):
                    raise
                self._forms[request.model] = place + 1
        raise AssertionError("the last form is either answered or raises")


def provider(settings: Settings) -> OpenAIProvider:
    """The provider. It checks nothing yet: a wrong key is an error of the jobs, not the worker's end."""
    return OpenAIProvider(settings)
