"""The reflection model: what a sentence of a reflection does, of nine kinds.

    python -m analyses.training.reflection DATA

DATA is a folder with reflections/reflective_journal_sentences.jsonl. Writes analyses/weights/reflection.json.
"""

from __future__ import annotations

import sys
from pathlib import Path

from analyses.local.passages import features_of
from analyses.training.fitting import fit, halves, write

FILE = "reflections/reflective_journal_sentences.jsonl"
STRENGTH, LEAST = 0.1, 3  # chosen by cross-validation within the half that is learnt from


def main(data: Path) -> None:
    learnt, _ = halves(data / FILE)
    labels = [row["label"]["reflection_type"].lower() for row in learnt]
    write("reflection", fit([features_of(r["text"]) for r in learnt], labels, strength=STRENGTH, least=LEAST))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
