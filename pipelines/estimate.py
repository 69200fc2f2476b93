"""Estimates: what a job will cost before anybody is asked, from its own prompt and a usual reply's length.

Tokens are taken as a quarter of the bytes (UTF-8) of instructions, content and answer schema: the usual rule
for English, for a model's own tokenizer would have to be fetched. Nothing is estimated for the local
analysers: they cost nothing. A content too long for its model counts with all its parts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson

from actors.parts import parts_for
from adapters.llm import LOCAL, Usage
from adapters.llm.prices import cost_of
from analyses.base import Analysis, Prompt
from models.charges import REALTIME
from settings import Settings

BYTES_PER_TOKEN = 4


@dataclass(frozen=True, slots=True)
class Estimate:
    """What one job is expected to use. `is_known` is false where the model's price is not known."""

    tokens: int = 0
    micro: int = 0  # millionths of a US dollar
    credits: int = 0
    is_known: bool = True


def estimate(
    settings: Settings, analysis: Analysis[Any, Any], content: Any, answerer: str, lane: str = REALTIME
) -> Estimate:
    """The estimate for one content, answered by `local` or `provider/model`."""
    provider, _, model = answerer.partition("/")
    if provider == LOCAL:
        return Estimate()
    prompt = analysis.prompt(content)
    parts = parts_for(settings, analysis, content, prompt, answerer)
    prompts = [prompt] if len(parts) == 1 else [analysis.prompt(part) for part in parts]
    usages = [_usage(analysis, one) for one in prompts]
    costs = [cost_of(settings, provider, (model,), usage, lane) for usage in usages]
    tokens = sum(usage.input_tokens + usage.output_tokens for usage in usages)
    return Estimate(tokens, sum(cost.micro for cost in costs), analysis.credits, costs[0].is_known)


def _usage(analysis: Analysis[Any, Any], prompt: Prompt) -> Usage:
    """What one question will take."""
    asked = _tokens(prompt.system) + _tokens(prompt.user) + _schema_tokens(analysis)
    return Usage(asked, min(analysis.expected_output_tokens, prompt.max_output_tokens))


def _tokens(text: str) -> int:
    return -(-len(text.encode("utf-8", "surrogatepass")) // BYTES_PER_TOKEN)


@cache
def _schema_tokens(analysis: Analysis[Any, Any]) -> int:
    return _tokens(orjson.dumps(analysis.json_schema()).decode())
