"""What to do while a model is away, analysis by analysis: wait for it, or let others answer."""

from __future__ import annotations

from actors.chains import ALL, chain_of, exists
from analyses import all_analyses, known_names
from models.lanes import THEN, WAIT, links
from settings import Settings


def stand_ins(settings: Settings) -> dict[str, str]:
    """The chain of those who answer in the model's place, for each analysis that does not wait."""
    chains = {known.name: chain_of(settings, known) for known in all_analyses()}
    return {name: chain for name, chain in chains.items() if chain != WAIT}


def mistakes(settings: Settings) -> list[str]:
    """What WHEN_MODEL_AWAY and LLM_FALLBACKS name that does not exist, each as a sentence."""
    told = settings.choices_when_away
    analyses = [f"There is no analysis {name}." for name in told if name not in {ALL, *known_names()}]
    named = dict.fromkeys(links(THEN.join([*told.values(), settings.fallbacks])))
    return [*analyses, *(f"There is no provider for {one}." for one in named if not exists(one))]
