"""Asking: what an analysis asks a model about a content, and the key under which the reply is kept."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson

from actors.shown import Shown
from adapters.llm import Provider, Request
from analyses.base import Analysis
from models.replies import reply_key
from settings import Settings

MEND = (
    "\n\nAn earlier answer to this could not be used. {fault} Answer once more, with one JSON object that "
    "fits this JSON schema, and nothing beside it:\n{schema}"
)


def request_of(
    analysis: Analysis[Any, Any], shown: Shown, prompt_version: int, model: str, settings: Settings
) -> Request:
    """The request for this content to this model, by this version of the prompt. Raises InvalidInput."""
    prompt = analysis.prompt(shown.content, prompt_version)
    return Request(
        model=model,
        system=prompt.system + shown.note,
        user=prompt.user,
        schema_name=analysis.name.replace(".", "_"),
        schema=analysis.json_schema(),
        max_output_tokens=prompt.max_output_tokens,
        timeout_s=settings.llm_timeout_ms / 1000,
    )


def repair_of(request: Request, fault: str) -> Request:
    """The request that asks once more, after a reply to `request` that had this `fault`.

    `fault` is in our own words, which field and what is wrong, so that nothing that a model wrote becomes an
    instruction. What it wrote is not sent back: asking anew costs less than reading it again. The schema is
    said in words, too, for servers that ignore it where it belongs.
    """
    schema = orjson.dumps(request.schema).decode()
    return replace(request, user=request.user + MEND.format(fault=fault, schema=schema))


def key_of(prompt_version: int, request: Request, provider: Provider) -> str:
    """Equal for two requests exactly where one's reply may serve for the other.

    That of a repair follows from what was asked and what was wrong, so it is found again like any other.
    """
    return reply_key(
        provider=provider.name,
        model=request.model,
        prompt_version=prompt_version,
        schema=request.schema,
        prompt=request.system + "\n" + request.user,
    )
