"""The price of a boundary between topics: which one takes joined excerpts apart with the fewest errors?

    python -m analyses.training.boundary_price DATA

DATA is a folder with debates/interviews_and_court.jsonl and debates/congressional_record.jsonl.
Excerpts of these are put after each other (after Choi, "Advances in domain independent linear text
segmentation", NAACL 2000), so where they meet is known. Prints the errors of each price; PRICE of
analyses/local/segments.py is the best, though those from 2 to 4 differ by no more than the draw does.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

from analyses.contents import Transcript
from analyses.evaluation import cut_at, pk, window_diff
from analyses.local.segments import begins_of, units_of

FILES = ("debates/interviews_and_court.jsonl", "debates/congressional_record.jsonl")
PRICES = (1.0, 2.0, 2.5, 3.0, 3.5, 4.0, 6.0, 8.0)
JOINED, SEED = 120, 7
LEAST_TURNS, TURN_CHARS = 6, 1_500

Labelled = tuple[Transcript, list[int]]
"""A transcript, and for each of its turns the excerpt that it is of."""


def joined(data: Path) -> list[Labelled]:
    """120 transcripts, each of five to ten excerpts of 4 to 25 turns; drawn the same every time."""
    lines = [line for name in FILES for line in (data / name).read_text("utf-8").split("\n") if line]
    whole = [Transcript.model_validate(json.loads(line)) for line in lines]
    long = [one for one in whole if len(one.turns) >= LEAST_TURNS]
    draw = random.Random(SEED)  # noqa: S311 - excerpts, no secrets
    return [_joined(long, draw) for _ in range(JOINED)]


def _joined(whole: Sequence[Transcript], draw: random.Random) -> Labelled:
    turns, gold = [], []
    for place, one in enumerate(draw.sample(whole, draw.randint(5, 10))):
        length = draw.randint(4, 25)
        start = draw.randrange(max(1, len(one.turns) - length))
        some = one.turns[start : start + length]
        turns += [{"speaker": turn.speaker, "text": turn.text[:TURN_CHARS]} for turn in some]
        gold += [place] * len(some)
    return Transcript.model_validate({"turns": turns}), gold


def found(content: Transcript, price: float) -> list[int]:
    """The segment of each turn, at this price."""
    units = units_of(content.turns)
    return cut_at([units[begin].first for begin in begins_of(units, price)], len(content.turns))


def main(data: Path) -> None:
    labelled = joined(data)
    for price in PRICES:
        cuts = [(gold, found(content, price)) for content, gold in labelled]
        errors = [fmean(measure(gold, cut) for gold, cut in cuts) for measure in (pk, window_diff)]
        print(f"price {price:.1f}: Pk {errors[0]:.4f}, WindowDiff {errors[1]:.4f}")  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]))
