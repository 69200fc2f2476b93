"""What Gristmill knows: one file per analysis, and this registry, which finds them by scanning the package.

To add an analysis, add a module here with a concrete `Analysis` subclass in it; API, CLI and docs follow.
"""

from __future__ import annotations

import difflib
import inspect
import pkgutil
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

from analyses.base import Analysis
from errors import InvalidInput

AnyAnalysis = Analysis[Any, Any]


def get_analysis(name: str) -> AnyAnalysis:
    """The analysis called `name` ("story.enhance"); raises `InvalidInput` listing the known names."""
    known = _registry()
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name[:100], known, n=1, cutoff=0.5)
    hint = f" Did you mean {near[0]}?" if near else ""
    raise InvalidInput(f"There is no such analysis.{hint} Known: {', '.join(known)}.")


def known_names() -> frozenset[str]:
    """The names of all analyses that this process knows."""
    return frozenset(_registry())


def all_analyses() -> list[AnyAnalysis]:
    """Every analysis, ordered by name."""
    return list(_registry().values())


def register(analysis: AnyAnalysis) -> None:
    """Add an analysis that lives outside this package; its module must be loaded in every process."""
    _registry()[analysis.name] = _with_prompt(analysis)


@cache
def _registry() -> dict[str, AnyAnalysis]:
    found: dict[str, AnyAnalysis] = {}
    for info in pkgutil.iter_modules(__path__):
        if info.ispkg:
            continue
        for analysis in _declared(import_module(f"{__name__}.{info.name}")):
            if analysis.name in found:
                raise TypeError(f"Two analyses are called {analysis.name}; rename one.")
            found[analysis.name] = analysis
    return dict(sorted(found.items()))


def _declared(module: ModuleType) -> list[AnyAnalysis]:
    """One instance of each concrete analysis that `module` itself defines."""
    return [
        _with_prompt(kind())
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if kind.__module__ == module.__name__ and issubclass(kind, Analysis) and not inspect.isabstract(kind)
    ]


def _with_prompt(analysis: AnyAnalysis) -> AnyAnalysis:
    """The analysis, if there is a version of its prompt. Raises TypeError."""
    if not getattr(analysis, "instructions", None):
        raise TypeError(
            f"{type(analysis).__name__} says nothing to a model: give it `instructions`, a mapping of each "
            "version's number to its words."
        )
    return analysis
