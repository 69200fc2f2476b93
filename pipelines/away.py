"""What to do while a model is away, analysis by analysis: wait for it, or let somebody else answer."""

from __future__ import annotations

from analyses import all_analyses
from settings import Settings

WAIT = "wait"


def stand_ins(settings: Settings) -> dict[str, str]:
    """Who answers in the model's place, `local` or `provider/model`, for each analysis that does not wait.

    WHEN_MODEL_AWAY decides, by the analysis's name or by `*`; else the analysis itself.
    """
    told = settings.choices_when_away
    everyone = told.get("*")
    chosen = {
        known.name: told.get(known.name) or everyone or known.when_model_away for known in all_analyses()
    }
    return {name: choice for name, choice in chosen.items() if choice != WAIT}
