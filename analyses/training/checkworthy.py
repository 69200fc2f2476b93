"""The check-worthiness model: would people have a sentence of a debate checked?

    python -m analyses.training.checkworthy DATA

DATA is a folder with debates/debate_claims_checkworthiness.jsonl. Writes analyses/weights/checkworthy.json.
"""

from __future__ import annotations

import sys
from pathlib import Path

from analyses.local.checking import LABEL, features_of
from analyses.training.fitting import Row, fit, halves, write

FILE = "debates/debate_claims_checkworthiness.jsonl"
STRENGTH, LEAST = 0.03, 3  # chosen by cross-validation within the half that is learnt from


def labels(rows: list[Row]) -> list[str]:
    return [LABEL if row["label"] == "check-worthy fact" else "-" for row in rows]


def main(data: Path) -> None:
    learnt, _ = halves(data / FILE)
    features = [features_of(row["text"]) for row in learnt]
    write("checkworthy", fit(features, labels(learnt), strength=STRENGTH, least=LEAST))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
