"""Requests and settings that the tests against LLM servers share."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from adapters.llm import Request
from settings import Settings


class Mood(BaseModel):
    label: Literal["negative", "neutral", "positive"]
    score: float = Field(ge=-1, le=1)
    why: str = Field(default="", max_length=200)


GOOD = '{"label": "positive", "score": 0.5, "why": "praise"}'


def ask(user: str = "good", *, model: str = "gpt-5-mini", timeout_s: float = 10) -> Request:
    return Request(model, "Judge the mood.", user, "text.mood", Mood.model_json_schema(), 500, timeout_s)


def settings_for(url: str, api: str = "responses", **more: Any) -> Settings:
    """Settings that can reach nothing but a server on this machine."""
    known: dict[str, Any] = {"openai_base_url": url, "llm_api": api, "llm_provider": "openai"}
    return Settings(_env_file=None, **({**known, "forbid_paid_calls": True} | more))  # type: ignore[call-arg]
