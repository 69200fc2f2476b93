"""Asking: what an analysis asks a model about a content, and the key under which the reply is kept."""

from __future__ import annotations

from typing import Any

from actors.shown import Shown
from adapters.llm import Provider, Request
from analyses.base import Analysis
from models.replies import reply_key
from settings import Settings


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


def key_of(prompt_version: int, request: Request, provider: Provider) -> str:
    """Equal for two requests exactly where one's reply may serve for the other."""
    return reply_key(
        provider=provider.name,
        model=request.model,
        prompt_version=prompt_version,
        schema=request.schema,
        prompt=request.system + "\n" + request.user,
    )
