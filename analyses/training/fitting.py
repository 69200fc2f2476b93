"""Fitting a small model to labelled rows, and writing its weights where the product reads them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from analyses.local.linear import BIAS, Linear
from analyses.training.split import held_out

WEIGHTS = Path(__file__).resolve().parents[1] / "weights"
SEED = 0
Features = Mapping[str, float]
Row = dict[str, Any]


def halves(path: Path) -> tuple[list[Row], list[Row]]:
    """The rows of a JSONL file: those to learn from, and those held out."""
    with path.open(encoding="utf-8", newline="\n") as lines:
        rows = [json.loads(line) for line in lines]
    return [row for row in rows if not held_out(row["id"])], [row for row in rows if held_out(row["id"])]


def fit(rows: Sequence[Features], labels: Sequence[str], *, strength: float, least: int) -> Linear:
    """A logistic regression over the features that `least` rows have; `strength` is 1/(its L2 penalty).

    Of two labels the model keeps the second in alphabetical order, as the chance of yes against no.
    """
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    names = common(rows, least)
    fitted = LogisticRegression(C=strength, class_weight="balanced", max_iter=5_000, random_state=SEED)
    fitted.fit(matrix(rows, names), labels)
    classes = [str(label) for label in fitted.classes_]
    kept = classes if len(classes) > 2 else classes[1:]
    biases, weights = np.asarray(fitted.intercept_), np.asarray(fitted.coef_)
    columns = {BIAS: biases, **{name: weights[:, at] for at, name in enumerate(names)}}
    return Linear(
        tuple(kept), {name: tuple(round(float(one), 3) for one in row) for name, row in columns.items()}
    )


def common(rows: Sequence[Features], least: int) -> list[str]:
    """The features that at least so many rows have, in alphabetical order."""
    counts = Counter(name for row in rows for name, value in row.items() if value)
    return sorted(name for name, count in counts.items() if count >= least)


def matrix(rows: Sequence[Features], names: Sequence[str]) -> list[list[float]]:
    return [[row.get(name, 0.0) for name in names] for row in rows]


def write(name: str, model: Linear) -> None:
    """The weights as JSON that a person can read: the heaviest first."""
    ranked = sorted(model.weights.items(), key=lambda item: (-max(map(abs, item[1])), item[0]))
    rows = ",\n".join(
        f"  {json.dumps(key, ensure_ascii=False)}: {list(row)}" for key, row in ranked if any(row)
    )
    told = f'{{\n "labels": {json.dumps(model.labels)},\n "weights": {{\n{rows}\n }}\n}}\n'
    (WEIGHTS / f"{name}.json").write_text(told, encoding="utf-8")
