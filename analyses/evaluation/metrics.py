"""The metrics: what one row tells of an answer, and the figures that many rows come to.

What a row tells (its *outcome*) is small, is JSON and holds no text of the content, so that it may be kept
with a run: every figure, and the difference of two runs, is computed from outcomes alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from analyses.evaluation.boundaries import cut_at, pk, window_diff
from analyses.evaluation.categories import category_macro_f1, category_micro_f1
from analyses.evaluation.distance import mean_absolute_error, root_mean_squared_error
from analyses.evaluation.labels import accuracy, macro_f1, quality
from analyses.evaluation.overlap import rouge_l, token_overlap
from analyses.evaluation.paths import label_of
from analyses.evaluation.ranking import auc, spearman
from errors import InvalidInput

Outcome = list[Any]
Outcomes = Sequence[Outcome]
UNDECIDED = "undecided"
POLAR = frozenset({"negative", "positive"})
FREQUENT = 5  # rows with a category, below which its F1 says little
_BETWEEN = re.compile(r"[\W_]+")
TRUTH = {"true": True, "false": False, "yes": True, "no": False, "1": True, "0": False}


@dataclass(frozen=True)
class Metric:
    """One way to measure; `headline` is the figure by which runs are compared."""

    name: str
    about: str
    headline: str
    outcome: Callable[[Any, Any], Outcome]  # of the gold value and of the found one; raises InvalidInput
    figures: Callable[[Outcomes], dict[str, float]]
    lower_is_better: bool = False


def _label(gold: Any, found: Any) -> Outcome:
    return [label_of(gold), label_of(found)]


def _label_figures(rows: Outcomes) -> dict[str, float]:
    pairs = pairs_of(rows)
    return {"accuracy": accuracy(pairs), "macro_f1": macro_f1(pairs)}


def _sign(gold: Any, found: Any) -> Outcome:
    score = _number(found)
    predicted = "positive" if score > 0 else "negative" if score < 0 else UNDECIDED
    return [label_of(gold), predicted, score]


def _sign_figures(rows: Outcomes) -> dict[str, float]:
    ranks = _auc_figures([[row[0] == "positive", row[2]] for row in rows])
    return _label_figures(rows) | ranks | {"undecided": sum(row[1] == UNDECIDED for row in rows)}


def _auc(gold: Any, found: Any) -> Outcome:
    return [_truth(gold), _number(found)]


def _auc_figures(rows: Outcomes) -> dict[str, float]:
    high, low = (
        [score for is_true, score in rows if is_true],
        [score for is_true, score in rows if not is_true],
    )
    return {"auc": auc(high, low)} if high and low else {}


def _numbers(gold: Any, found: Any) -> Outcome:
    return [_number(gold), _number(found)]


def _number_figures(rows: Outcomes) -> dict[str, float]:
    pairs = [(gold, found) for gold, found in rows]
    return {
        "spearman": spearman([gold for gold, _ in pairs], [found for _, found in pairs]),
        "mae": mean_absolute_error(pairs),
        "rmse": root_mean_squared_error(pairs),
    }


def _presence(gold: Any, found: Any) -> Outcome:
    return [_truth(gold), bool(found)]


def _presence_figures(rows: Outcomes) -> dict[str, float]:
    right = sum(gold and found for gold, found in rows)
    told = quality(right, sum(found for _, found in rows), sum(gold for gold, _ in rows))
    same = sum(gold == found for gold, found in rows) / len(rows)
    return {"f1": told.f1, "precision": told.precision, "recall": told.recall, "accuracy": same}


def _categories(gold: Any, found: Any) -> Outcome:
    return [_names(gold), _names(found)]


def _category_figures(rows: Outcomes) -> dict[str, float]:
    sets = [(gold, found) for gold, found in rows]
    figures = {"macro_f1": category_macro_f1(sets), "micro_f1": category_micro_f1(sets)}
    frequent = category_macro_f1(sets, at_least=FREQUENT)
    return figures | {"macro_f1_of_frequent": frequent} if frequent else figures


def _summary(gold: Any, found: Any) -> Outcome:
    return list(rouge_l(_text(found), *_texts(gold)))


def _quotes(gold: Any, found: Any) -> Outcome:
    return list(token_overlap(_texts(found), _texts(gold)))


def _overlap_figures(rows: Outcomes) -> dict[str, float]:
    precision, recall, f1 = (fmean(row[place] for row in rows) for place in range(3))
    return {"f1": f1, "precision": precision, "recall": recall}


def _boundaries(gold: Any, found: Any) -> Outcome:
    """`gold` names the segment of each turn; `found` has the turns (from 0) at which a segment begins."""
    if not isinstance(gold, list) or not isinstance(found, list) or not gold:
        raise InvalidInput("Boundaries need a list of segments, one a turn, and an answer's list of turns.")
    cut = cut_at([int(_number(place)) for place in found], len(gold))
    return [pk(gold, cut), window_diff(gold, cut)]


def _boundary_figures(rows: Outcomes) -> dict[str, float]:
    return {"pk": fmean(row[0] for row in rows), "window_diff": fmean(row[1] for row in rows)}


METRICS: Mapping[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("label", "one label of several", "macro_f1", _label, _label_figures),
        Metric("sign", "positive or negative, by a score's sign", "accuracy", _sign, _sign_figures),
        Metric("auc", "true or false, by how a score ranks", "auc", _auc, _auc_figures),
        Metric("number", "a number, by rank and by distance", "spearman", _numbers, _number_figures),
        Metric("presence", "true or false, by whether it was found", "f1", _presence, _presence_figures),
        Metric("categories", "any number of categories", "macro_f1", _categories, _category_figures),
        Metric("summary", "a text, by ROUGE-L with human ones", "f1", _summary, _overlap_figures),
        Metric("quotes", "quoted evidence, by its words", "f1", _quotes, _overlap_figures),
        Metric(
            "boundaries", "where topics change", "pk", _boundaries, _boundary_figures, lower_is_better=True
        ),
    )
}


def get_metric(name: str) -> Metric:
    """The metric of that name. Raises InvalidInput naming those there are."""
    if name in METRICS:
        return METRICS[name]
    raise InvalidInput(f"There is no metric {name[:40]!r}; there are {', '.join(METRICS)}.")


def figures_of(metric: Metric, outcomes: Outcomes) -> dict[str, float]:
    """The figures of many rows. Raises InvalidInput for none."""
    if not outcomes:
        raise InvalidInput("There is nothing to evaluate; give a file with labelled rows.")
    return metric.figures(outcomes)


def pairs_of(rows: Outcomes) -> list[tuple[str, str]]:
    """The labels of outcomes of `label` and `sign`: gold, predicted."""
    return [(row[0], row[1]) for row in rows]


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidInput("What is compared here must be a number; name another field, or another metric.")
    return value


def _truth(value: Any) -> bool:
    known = TRUTH.get(label_of(value).removesuffix(".0"))
    if known is None:
        raise InvalidInput("This metric needs true or false as gold; name another label, or another metric.")
    return known


def _names(value: Any) -> list[str]:
    """Categories from a list of them, from one, or from an object that says of each whether it is there.

    "Cap On Liability" and cap_on_liability are the same one.
    """
    if isinstance(value, Mapping):
        value = [name for name, present in value.items() if present is True]
    told = [label_of(name) for name in (value if isinstance(value, list) else [value])]
    return sorted({_BETWEEN.sub(" ", name).strip() for name in told})


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidInput("What is compared here must be a text; name another field, or another metric.")
    return value


def _texts(value: Any) -> list[str]:
    return [_text(one) for one in value] if isinstance(value, list) else [_text(value)]
