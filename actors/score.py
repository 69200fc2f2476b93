"""score: ask the model, or the local analyser. A paid reply is committed before anything looks at it."""

from __future__ import annotations

from actors.scoring import ask_model, score_locally
from actors.step import step
from actors.work import Work
from adapters.llm import get_provider
from settings import get_settings


@step
def score(work: Work) -> None:
    """Leaves what was scored in `work`; for a model, its reply is stored and found again by its key."""
    provider = get_provider(get_settings(), work.provider_name)
    work.scored = score_locally(work) if provider is None else ask_model(work, provider)
