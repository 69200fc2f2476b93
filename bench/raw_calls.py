"""Raw dramatiq pipelines, as in `bench.raw`, whose second step asks a model through our `openai` provider.

Loaded by `dramatiq bench.raw_calls`.
"""

from __future__ import annotations

import dramatiq
from dramatiq import pipeline

from adapters.llm import Request, get_provider
from bench.raw import TABLE, piped, raw_fetch, raw_notify, raw_persist
from bench.trivial import Trivial, TrivialAnswer
from settings import get_settings

__all__ = ["TABLE", "submit"]


@dramatiq.actor(queue_name="raw")
def raw_ask(content: dict[str, str]) -> dict[str, object]:
    """Ask, and validate the answer."""
    analysis, settings = Trivial(), get_settings()
    prompt = analysis.prompt(analysis.parse_content({"text": content["text"]}))
    provider = get_provider(settings, "openai")
    assert provider is not None
    reply = provider.complete(
        Request(
            model=settings.openai_model,
            system=prompt.system,
            user=prompt.user,
            schema_name="bench_trivial",
            schema=analysis.json_schema(),
            max_output_tokens=prompt.max_output_tokens,
            timeout_s=settings.llm_timeout_ms / 1000,
        )
    )
    return {"id": content["id"], "chars": TrivialAnswer.model_validate_json(reply.text).chars}


def submit(job_ids: list[str]) -> None:
    """Send one four-step pipeline per id."""
    for job_id in job_ids:
        steps = (raw_ask, raw_persist, raw_notify)
        pipeline([raw_fetch.message(job_id), *(piped(step) for step in steps)]).run()
