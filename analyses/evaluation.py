"""How good answers are against labels: pure scoring, with the policy for each kind of label written down.

Policies (`Evaluation.policy`):

- `label`: the gold set has a neutral, or more labels than two: predicted and gold label are compared.
- `sign`: gold says only positive and negative, so an answer is judged by the sign of its score, whatever
  its label; a score of exactly 0 decides nothing and counts as wrong (under `undecided`).
- `rank`: gold is true or false and the answer has a score but no label: only AUC is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from errors import InvalidInput

Policy = Literal["label", "sign", "rank"]
UNDECIDED = "undecided"
POLAR = frozenset({"negative", "positive"})
TRUTH = frozenset({"true", "false"})
_SAME = {"pos": "positive", "neg": "negative", "neu": "neutral"}


@dataclass(frozen=True, slots=True)
class Graded:
    """One gold label beside an answer's label and score, either of which may be absent."""

    gold: str
    label: str | None
    score: float | None


@dataclass(frozen=True, slots=True)
class LabelQuality:
    """Quality for one label, each 0…1; `support` is how often gold has it."""

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The whole result; `confusion[gold][predicted]` counts; what a policy cannot tell is None or empty."""

    policy: Policy
    count: int
    undecided: int
    accuracy: float | None
    macro_f1: float | None
    labels: dict[str, LabelQuality]
    confusion: dict[str, dict[str, int]]
    auc: float | None


def gold_label(row: Mapping[str, Any], path: str) -> str:
    """The label of `row` at the dotted `path` ("label.sentiment"), in lower case, short forms written out.

    Raises `InvalidInput` where there is none.
    """
    value: Any = row
    for key in path.split("."):
        if not isinstance(value, Mapping) or key not in value:
            raise InvalidInput(f"A row has nothing at {path}; name the label by its dotted path.")
        value = value[key]
    if not isinstance(value, str | bool | int | float):
        raise InvalidInput(
            f"What stands at {path} is no label; name the path of a text, number or truth value."
        )
    told = str(value).strip().lower()
    return _SAME.get(told, told)


def graded(gold: str, answer: object, score_field: str | None = None) -> Graded:
    """`gold` beside an answer's `label` and its `score` (or the named score field)."""
    label = getattr(answer, "label", None)
    score = getattr(answer, score_field or "score", None)
    if score_field and not isinstance(score, int | float):
        raise InvalidInput(f"The answer has no number called {score_field}; name one of its score fields.")
    return Graded(gold, label if isinstance(label, str) else None, score)


def evaluate(rows: Sequence[Graded]) -> Evaluation:
    """Everything the rows can tell; raises `InvalidInput` for no rows, or rows with nothing to compare."""
    golds = {row.gold for row in rows}
    if not rows:
        raise InvalidInput("There is nothing to evaluate; give a file with labelled rows.")
    if golds <= POLAR and all(row.score is not None for row in rows):
        return _told("sign", rows, [(row.gold, _by_sign(row.score)) for row in rows])
    if golds <= TRUTH and all(row.label is None and row.score is not None for row in rows):
        return _told("rank", rows, [])
    if any(row.label is None for row in rows):
        raise InvalidInput(
            "The answers have no label to compare; name a score and use true or false as gold."
        )
    return _told("label", rows, [(row.gold, row.label or "") for row in rows])


def _told(policy: Policy, rows: Sequence[Graded], pairs: list[tuple[str, str]]) -> Evaluation:
    qualities = label_qualities(pairs)
    return Evaluation(
        policy=policy,
        count=len(rows),
        undecided=sum(predicted == UNDECIDED for _, predicted in pairs),
        accuracy=accuracy(pairs) if pairs else None,
        macro_f1=sum(q.f1 for q in qualities.values()) / len(qualities) if qualities else None,
        labels=qualities,
        confusion=confusion(pairs),
        auc=_auc_of(rows),
    )


def _by_sign(score: float | None) -> str:
    return "positive" if score and score > 0 else "negative" if score and score < 0 else UNDECIDED


def _auc_of(rows: Sequence[Graded]) -> float | None:
    """AUC where gold has two sides, positive (or true) being the upper one."""
    high = [row.score for row in rows if row.gold in {"positive", "true"} and row.score is not None]
    low = [row.score for row in rows if row.gold in {"negative", "false"} and row.score is not None]
    return auc(high, low) if high and low else None


def accuracy(pairs: Sequence[tuple[str, str]]) -> float:
    """The share of (gold, predicted) that agree; 0 for none."""
    return sum(gold == predicted for gold, predicted in pairs) / len(pairs) if pairs else 0.0


def confusion(pairs: Sequence[tuple[str, str]]) -> dict[str, dict[str, int]]:
    """Counts by gold label, then by predicted label."""
    table: dict[str, dict[str, int]] = {}
    for (gold, predicted), count in sorted(Counter(pairs).items()):
        table.setdefault(gold, {})[predicted] = count
    return table


def label_qualities(pairs: Sequence[tuple[str, str]]) -> dict[str, LabelQuality]:
    """Precision, recall and F1 of every label that gold has."""
    golds, predictions = Counter(gold for gold, _ in pairs), Counter(predicted for _, predicted in pairs)
    right = Counter(gold for gold, predicted in pairs if gold == predicted)
    found = {}
    for label, support in sorted(golds.items()):
        precision = right[label] / predictions[label] if predictions[label] else 0.0
        recall = right[label] / support
        f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
        found[label] = LabelQuality(precision, recall, f1, support)
    return found


def auc(high: Sequence[float], low: Sequence[float]) -> float:
    """The chance that one of `high` outranks one of `low`, ties counted half (0.5 is chance).

    By ranks, ties averaged: Mann & Whitney 1947; Hanley & McNeil 1982. Raises ValueError for an empty side.
    """
    if not high or not low:
        raise ValueError("AUC needs at least one score on each side.")
    ranks = _ranks([*high, *low])
    return (sum(ranks[: len(high)]) - len(high) * (len(high) + 1) / 2) / (len(high) * len(low))


def _ranks(values: Sequence[float]) -> list[float]:
    """The rank of each value from 1, equal values sharing their mean rank."""
    order = sorted(range(len(values)), key=lambda place: values[place])
    ranks = [0.0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end + 1 < len(order) and values[order[end + 1]] == values[order[start]]:
            end += 1
        for place in order[start : end + 1]:
            ranks[place] = (start + end) / 2 + 1
        start = end + 1
    return ranks
