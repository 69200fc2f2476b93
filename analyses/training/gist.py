"""The gist model: which sentence of a text says most of what a human summary says.

    python -m analyses.training.gist DATA

DATA is a folder with stories/ai_paper_tldr.jsonl and stories/tech_stories.jsonl. A ridge regression of each
sentence's ROUGE-L F1 against the best of its text's human summaries. Writes analyses/weights/gist.json.
"""

from __future__ import annotations

import sys
from pathlib import Path
from statistics import fmean

from analyses.evaluation import rouge_l
from analyses.local.gist import LABEL, MODEL, Told, telling
from analyses.local.linear import BIAS, Linear
from analyses.training.fitting import Row, common, halves, matrix, write

PENALTY, LEAST = 3.0, 8  # the penalty chosen by cross-validation within the half that is learnt from
FILES = {"stories/ai_paper_tldr.jsonl": "tldrs", "stories/tech_stories.jsonl": "human_summaries"}
# By hand, for neither file speaks of deals: in contracts what is owed and decided matters; what is defined,
# goes on below, or stands in every contract does not.
BY_HAND = {"cue: deal": 0.04, "cue: boilerplate": -0.08, "goes on": -0.04}


def summarised(data: Path) -> tuple[list[Row], list[Row]]:
    """The rows that people wrote summaries of, each with them as `references`: learnt from, held out."""
    split: tuple[list[Row], list[Row]] = ([], [])
    for file, key in FILES.items():
        for side, rows in zip(split, halves(data / file), strict=True):
            side += [
                {**row, "references": row["label"][key]}
                for row in rows
                if row.get("label") and row["label"].get(key)
            ]
    return split


def examples(rows: list[Row]) -> list[tuple[list[Told], list[float]]]:
    """For each text its sentences and their worth, less the text's mean: what matters is the order."""
    found = []
    for row in rows:
        told = telling(row["title"] or "", row["text"])
        worth = [rouge_l(one.text, *row["references"]).f1 for one in told]
        if told:
            found.append((told, [one - fmean(worth) for one in worth]))
    return found


def fit(sets: list[tuple[list[Told], list[float]]], penalty: float = PENALTY, least: int = LEAST) -> Linear:
    """The regression, every text weighing the same however many sentences it has."""
    import numpy as np
    from sklearn.linear_model import Ridge

    features = [one.features for told, _ in sets for one in told]
    worth = [value for _, values in sets for value in values]
    weights = [1 / len(told) for told, _ in sets for _ in told]
    names = [name for name in common(features, least) if name not in BY_HAND]
    fitted = Ridge(alpha=penalty).fit(matrix(features, names), worth, sample_weight=np.array(weights))
    rows = {name: (round(float(weight), 4),) for name, weight in zip(names, fitted.coef_, strict=True)}
    by_hand = {name: (weight,) for name, weight in BY_HAND.items()}
    return Linear((LABEL,), {BIAS: (round(float(fitted.intercept_), 4),), **rows, **by_hand})


def main(data: Path) -> None:
    write(MODEL, fit(examples(summarised(data)[0])))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
