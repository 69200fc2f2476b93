"""The card: any analysis's answer as parts that a person reads, drawn from the answer's own schema."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from annotated_types import Ge, Le
from pydantic.fields import FieldInfo

from actors.tasks import doing
from errors import InvalidInput

MOST_ITEMS = 50  # of one list on a card


@dataclass(frozen=True, slots=True)
class Part:
    """One field of an answer. `kind`: meter, number, text, tags, items or flag."""

    label: str
    kind: str
    value: Any
    lowest: float = 0
    highest: float = 0
    help: str = ""


def card(analysis: str, answer: dict[str, Any]) -> list[Part]:
    """The parts of a stored answer, in the order its schema has them; unknown fields come last."""
    fields = _fields(analysis)
    known = [_part(name, answer[name], field) for name, field in fields.items() if name in answer]
    others = [_part(name, value, None) for name, value in answer.items() if name not in fields]
    return sorted([*known, *others], key=_rank)


def _rank(part: Part) -> int:
    """Scores first, then what they mean, then how sure all of it is; else as declared."""
    if part.label == "Confidence":
        return 2
    return 0 if part.kind == "meter" else 1


def _fields(analysis: str) -> dict[str, FieldInfo]:
    try:
        return dict(doing(analysis).answer.model_fields)
    except InvalidInput:  # an analysis or task that was removed since
        return {}


def _part(name: str, value: Any, field: FieldInfo | None) -> Part:
    label = name.replace("_", " ").capitalize().replace("Eli5", "ELI5")
    told = (field.description or "") if field else ""
    if isinstance(value, bool) or value is None:
        return Part(label, "flag", "–" if value is None else "yes" if value else "no", help=told)
    if isinstance(value, int | float):
        span = _span(field)
        if span:
            return Part(label, "meter", value, *span, help=told)
        return Part(label, "number", value, help=told)
    if isinstance(value, list):
        plain = all(isinstance(item, str) for item in value)
        return Part(label, "tags" if plain and value else "items", value[:MOST_ITEMS], help=told)
    return Part(label, "items" if isinstance(value, dict) else "text", value, help=told)


def _span(field: FieldInfo | None) -> tuple[float, float] | None:
    """The range that the schema states, if it states both ends."""
    rules = field.metadata if field else []
    low = next((rule.ge for rule in rules if isinstance(rule, Ge)), None)
    high = next((rule.le for rule in rules if isinstance(rule, Le)), None)
    if low is None or high is None:
        return None
    return float(str(low)), float(str(high))
