"""What to do while a model is away, analysis by analysis: wait for it, or let somebody else answer."""

from __future__ import annotations

from adapters.llm import LOCAL, provider_names
from analyses import all_analyses, known_names
from settings import Settings

WAIT = "wait"
ALL = "*"


def stand_ins(settings: Settings) -> dict[str, str]:
    """Who answers in the model's place, `local` or `provider/model`, for each analysis that does not wait.

    WHEN_MODEL_AWAY decides, by the analysis's name or by `*`; else the analysis itself. Where that names a
    provider that does not exist, the analysis waits, and `gristmill doctor` says so.
    """
    told = settings.choices_when_away
    everyone = told.get(ALL)
    chosen = {
        known.name: told.get(known.name) or everyone or known.when_model_away for known in all_analyses()
    }
    return {name: choice for name, choice in chosen.items() if choice != WAIT and _exists(choice)}


def mistakes(settings: Settings) -> list[str]:
    """What WHEN_MODEL_AWAY names that does not exist, each as a sentence."""
    told = settings.choices_when_away
    analyses = [f"There is no analysis {name}." for name in told if name not in {ALL, *known_names()}]
    choices = [choice for choice in dict.fromkeys(told.values()) if choice != WAIT and not _exists(choice)]
    return [*analyses, *(f"There is no provider for {choice}." for choice in choices)]


def _exists(choice: str) -> bool:
    return choice == LOCAL or choice.partition("/")[0] in provider_names()
