"""Chains: who answers in a model's place, and after whom, as configured.

A chain is text, `openai/gpt-5-nano>local`: while a model is away, the first of its chain who is not answers
(`models.picking`). And one that never will answer a job, because its key, name or account is refused or the
content is too long for it, leaves that job to those behind it.
"""

from __future__ import annotations

from typing import Any

from actors.work import Work
from adapters.llm import LOCAL, provider_names
from analyses.base import Analysis
from errors import AuthenticationError, ContextLength, GristmillError, NotFound, OverBudget
from models.lanes import THEN, WAIT, links
from settings import Settings

ALL = "*"
LASTING = (AuthenticationError, ContextLength, NotFound, OverBudget)


def chain_of(settings: Settings, analysis: Analysis[Any, Any]) -> str:
    """The chain for an analysis's jobs; `wait` where nobody answers in their model's place.

    WHEN_MODEL_AWAY decides, by the analysis's name or by `*`; else the analysis itself, else LLM_FALLBACKS.
    Where that names a provider that does not exist, the jobs wait, and `gristmill doctor` says so.
    """
    told = settings.choices_when_away
    own = analysis.when_model_away
    choice = told.get(analysis.name) or told.get(ALL) or (own if own != WAIT else "") or settings.fallbacks
    return choice if choice and all(exists(link) for link in links(choice)) else WAIT


def exists(link: str) -> bool:
    """Whether there is somebody of that name."""
    return link == LOCAL or link.partition("/")[0] in provider_names()


def after(work: Work, error: GristmillError, settings: Settings) -> tuple[str, str] | None:
    """Who is asked after this error of a model's, and the chain behind; None if nobody else is to be."""
    claimed = work.claimed
    if not isinstance(error, LASTING) or claimed.redoes_job_id is not None:
        return None
    chain = links(chain_of(settings, work.analysis) if claimed.fallbacks is None else claimed.fallbacks)
    rest = [link for link in chain if link != claimed.answerer]
    if claimed.answerer != claimed.model:  # a stand-in is out; the model itself may come back
        return claimed.model, THEN.join(rest) or WAIT
    return (rest[0], THEN.join(rest[1:]) or WAIT) if rest else None
