"""The intent model: does a sentence of a mail ask for, promise or propose something?

    python -m analyses.training.intent DATA

DATA is a folder with emails/email_sentence_intent.jsonl. Writes analyses/weights/intent.json.
"""

from __future__ import annotations

import sys
from pathlib import Path

from analyses.local.asks import LABEL, features_of
from analyses.training.fitting import Row, fit, halves, write

FILE = "emails/email_sentence_intent.jsonl"
STRENGTH, LEAST = 0.3, 3  # chosen by cross-validation within the half that is learnt from


def labels(rows: list[Row]) -> list[str]:
    return [LABEL if row["label"]["intent"] else "-" for row in rows]


def main(data: Path) -> None:
    learnt, _ = halves(data / FILE)
    features = [features_of(row["text"]) for row in learnt]
    write("intent", fit(features, labels(learnt), strength=STRENGTH, least=LEAST))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
