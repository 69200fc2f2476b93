"""Parking: a job in the batch lane gives its questions to a provider's batch, and waits without a thread."""

from __future__ import annotations

from dataclasses import replace

import orjson

from actors import writes
from actors.asking import key_of, request_of
from actors.parts import parts_for
from actors.shown import Shown
from actors.work import Lost, Work
from adapters.llm import Provider
from adapters.llm.batches import MOST_BYTES, OVERHEAD_BYTES
from adapters.llm.openai import OpenAIProvider
from models.charges import BATCH
from models.vendor import Parking, Question
from settings import Settings


def park_if_asked_to(work: Work, provider: Provider, shown: Shown, settings: Settings) -> None:
    """Park what a job in the batch lane has no reply to yet, if its provider has batches.

    Raises Lost where anything was parked: the job is back in line, until the replies are there or it is plain
    that none will come. Parts of a long content are parked together. A repair is asked for at once, and so
    is all of an attempt after one that failed: who has waited for a day does not wait for another.
    """
    is_first = work.claimed.failure_count == 0
    if work.claimed.call_lane != BATCH or not is_first or not isinstance(provider, OpenAIProvider):
        return
    questions = _unanswered(work, provider, shown, settings)
    if not questions or max(question.size_bytes for question in questions) > MOST_BYTES:
        return
    claimed = work.claimed
    wish = Parking(
        fence=work.fence,
        tenant_id=claimed.tenant_id,
        analysis=claimed.analysis,
        queue=claimed.queue,
        asked=claimed.answerer,
        prompt_version=work.prompt_version,
        estimated_tokens=claimed.estimated_tokens,
        questions=questions,
    )
    writes.park(wish)
    work.lost = True
    raise Lost("Its questions are with the provider's batch.")


def _unanswered(work: Work, provider: OpenAIProvider, shown: Shown, settings: Settings) -> list[Question]:
    version, model = work.prompt_version, work.model_name
    whole = request_of(work.analysis, shown, version, model, settings)
    parts = parts_for(settings, work.analysis, shown.content, whole, work.claimed.answerer)
    pieces = [shown] if len(parts) == 1 else [replace(shown, content=part) for part in parts]
    found = []
    for piece in pieces:
        request = request_of(work.analysis, piece, version, model, settings)
        key = key_of(version, request, provider)
        if writes.find(work.claimed.tenant_id, key) is None:
            body = provider.body(request)
            found.append(Question(key, body, len(orjson.dumps(body)) + OVERHEAD_BYTES))
    return found
