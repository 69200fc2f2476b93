"""Choosing: which metric suits a label, and which field of the answer it is compared with.

Both follow from what the label looks like and from the answer's own types, so an analysis has nothing to
declare. Where two fields would do, a person has to say which.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel

from analyses.evaluation.metrics import METRICS, POLAR, TRUTH, Metric, get_metric
from analyses.evaluation.paths import found_at, label_of
from errors import InvalidInput

SURE = "confidence"  # of every answer; never what is measured
LONG_LABEL_WORDS = 6  # a label of more words is a text


@dataclass(frozen=True)
class Comparison:
    """A metric and the field of the answer (a dotted path) that it looks at."""

    metric: Metric
    field: str

    def outcome(self, gold: Any, answer: BaseModel) -> list[Any]:
        """What one row tells. Raises InvalidInput where the two cannot be compared."""
        return self.metric.outcome(gold, found_at(answer, self.field))


def choose(
    answer: type[BaseModel], golds: Sequence[Any], *, metric: str | None = None, field: str | None = None
) -> Comparison:
    """How answers of this kind are compared with these labels; what is given is taken.

    Raises InvalidInput where nothing fits, or more than one field does, naming them.
    """
    if not golds:
        raise InvalidInput("There is nothing to evaluate; give a file with labelled rows.")
    fields = fields_of(answer)
    chosen = get_metric(metric) if metric else _metric_for(golds, fields, field)
    return Comparison(chosen, field or _field_for(chosen, _fitting(chosen, fields, answer, golds)))


def fields_of(answer: type[BaseModel]) -> dict[str, str]:
    """The fields of an answer that can be compared, by dotted path, with their kind.

    Kinds: `label` (one of several), `text`, `number`, `truth`; of a list of such `labels`, `texts`, ….
    """
    found = {}
    for name, info in answer.model_fields.items():
        if name == SURE:
            continue
        kind, inner = _kind(info.annotation)
        if inner is None:
            found[name] = kind
        else:
            parts = fields_of(inner)
            many = {f"{name}.{part}": f"{told}s" for part, told in parts.items() if not told.endswith("s")}
            found |= many if kind == "many" else {f"{name}.{part}": told for part, told in parts.items()}
    return found


FITS: Mapping[str, tuple[str, ...]] = {
    "label": ("label",),
    "sign": ("number",),
    "auc": ("number",),
    "number": ("number",),
    "presence": ("truth", "labels", "texts"),
    "categories": ("labels",),
    "summary": ("text",),
    "quotes": ("texts",),
    "boundaries": ("numbers",),
}
"""Which kinds of field each metric looks at."""

NAMED = {"label": "label", "sign": "score", "auc": "score", "number": "score", "summary": "summary"}
"""The field that is meant where there are several: answers use these names for what they are about."""


def _metric_for(golds: Sequence[Any], fields: Mapping[str, str], field: str | None) -> Metric:
    kind = fields.get(field, "") if field else ""
    kinds = {kind} if kind else set(fields.values())
    first = golds[0]
    if all(isinstance(gold, str | bool | int | float) for gold in golds):
        return METRICS[_single(golds, kinds)]
    if isinstance(first, Mapping):
        return METRICS["categories"]
    if isinstance(first, list) and all(isinstance(one, str) for one in first):
        if any(len(one.split()) > LONG_LABEL_WORDS for gold in golds for one in gold):
            return METRICS["quotes" if kind == "texts" else "summary"]
        return METRICS["categories"]
    raise InvalidInput("Nothing suits such a label; name a metric, or the path of another label.")


def _single(golds: Sequence[Any], kinds: set[str]) -> str:
    """The metric for labels that are one text, number or truth value each."""
    told = {label_of(gold) for gold in golds}
    if told <= POLAR and "number" in kinds:
        return "sign"
    if told <= TRUTH.keys():
        return "auc" if "number" in kinds else "presence"
    if all(isinstance(gold, int | float) for gold in golds):
        return "number"
    is_text = any(len(str(gold).split()) > LONG_LABEL_WORDS for gold in golds)
    return "summary" if is_text and "text" in kinds else "label"


def _fitting(
    metric: Metric, fields: Mapping[str, str], answer: type[BaseModel], golds: Sequence[Any]
) -> list[str]:
    """The fields of a kind that the metric looks at; of labels, if any, those that offer all of gold's."""
    fitting = [path for path, kind in fields.items() if kind in FITS[metric.name]]
    if metric.name != "label":
        return fitting
    told = {label_of(gold) for gold in golds}
    choices = {name: set(get_args(info.annotation)) for name, info in answer.model_fields.items()}
    return [path for path in fitting if told <= choices.get(path, set())] or fitting


def _field_for(metric: Metric, fitting: Sequence[str]) -> str:
    if NAMED.get(metric.name) in fitting:
        return NAMED[metric.name]
    if len(fitting) == 1:
        return fitting[0]
    options = f"it could be {', '.join(fitting)}" if fitting else "the answer has none that fits"
    raise InvalidInput(f"Say which field of the answer {metric.name} looks at: {options}.")


def _kind(annotation: Any) -> tuple[str, type[BaseModel] | None]:
    """The kind of a field; `many` or `one` with the model it is made of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "one", annotation
    parts = [part for part in get_args(annotation) if part is not type(None)]
    if getattr(annotation, "__origin__", None) is list:
        kind, inner = _kind(parts[0])
        return ("many", inner) if inner else (f"{kind}s", None)
    if annotation is bool:
        return "truth", None
    if annotation in (int, float):
        return "number", None
    if annotation is str:
        return "text", None
    if parts and all(isinstance(part, str) for part in parts):
        return "label", None
    return _kind(parts[0]) if parts else ("other", None)
