"""The maturity model: how established a tool is, as far as the words of its description go.

    python -m analyses.training.maturity DATA

DATA is a folder with tools/cncf_projects_maturity.jsonl and tools/python_ai_packages.jsonl. Only name and
text are looked at. Writes analyses/weights/maturity.json.
"""

from __future__ import annotations

import sys
from pathlib import Path

from analyses.local.linear import BIAS, Linear
from analyses.local.maturity import LABEL, features_of
from analyses.training.fitting import Features, common, halves, matrix, write

# Each file's labels on our scale; the two scales are not the same, so each file is centred by itself.
STAGES: dict[str, dict[str, float]] = {
    "tools/cncf_projects_maturity.jsonl": {
        "archived": 0.2,
        "sandbox": 0.4,
        "incubating": 0.7,
        "graduated": 1.0,
    },
    "tools/python_ai_packages.jsonl": {
        "1 - Planning": 0.1,
        "3 - Alpha": 0.3,
        "4 - Beta": 0.5,
        "5 - Production/Stable": 0.9,
        "7 - Inactive": 0.1,
    },
}
AGAINST = frozenset(["shape: is before version one", "signs: early", "signs: ended", "signs: narrow"])
PENALTY, LEAST = 0.3, 2  # chosen by cross-validation within the half that is learnt from


def learnt(data: Path) -> list[tuple[list[Features], list[float]]]:
    """Features and stages of each file's rows that have a label."""
    found = []
    for file, stages in STAGES.items():
        rows = [row for row in halves(data / file)[0] if row["label"]["maturity"] in stages]
        features: list[Features] = [features_of(row["title"], row["text"]) for row in rows]
        found.append((features, [stages[row["label"]["maturity"]] for row in rows]))
    return found


def fit(sets: list[tuple[list[Features], list[float]]]) -> Linear:
    """A ridge regression in which a good sign can only add and a bad one only take away.

    With eighty rows a free regression gives some signs a weight of the wrong sign by chance.
    """
    import numpy as np
    from sklearn.linear_model import Ridge

    names = common([row for features, _ in sets for row in features], LEAST)
    sign = np.array([-1.0 if name in AGAINST else 1.0 for name in names])
    values = [np.array(matrix(features, names)) * sign for features, _ in sets]
    stages = [np.array(told) for _, told in sets]
    centred = np.concatenate([value - value.mean(axis=0) for value in values])
    wanted = np.concatenate([told - told.mean() for told in stages])
    weights = Ridge(alpha=PENALTY, positive=True, fit_intercept=False).fit(centred, wanted).coef_
    bias = float(np.concatenate(stages).mean() - np.concatenate(values).mean(axis=0) @ weights)
    rows = {name: (round(float(weight), 3),) for name, weight in zip(names, weights * sign, strict=True)}
    return Linear((LABEL,), {BIAS: (round(bias, 3),), **rows})


def main(data: Path) -> None:
    write("maturity", fit(learnt(data)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
