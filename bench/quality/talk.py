"""Measures of transcripts: where topics change, and what is worth checking."""

from __future__ import annotations

import random
from collections.abc import Sequence
from statistics import fmean

from analyses import get_analysis
from analyses.evaluation import auc, boundaries_of, cut_at, pk
from analyses.training.split import held_out
from bench.quality import baselines
from bench.quality.measure import ALL, HELD_OUT, Case, Result, Row, Special, licences, rows_of

DEBATES = "debates/us2020_topic_segments.jsonl"
CLAIMS = "debates/debate_claims_checkworthiness.jsonl"
RANDOM_CUTS, SEED = 200, 1


def topic_changes() -> list[Result]:
    """Pk of the turns at which topics change, in whole debates, the mean over them.

    Cutting at random and cutting evenly are both told how many segments there are; we are not. Beside them
    stands not cutting at all.
    """
    debates: dict[str, list[Row]] = {}
    for row in rows_of(DEBATES):
        debates.setdefault(row["debate_id"], []).append(row)
    draw = random.Random(SEED)
    told = [_debate(sorted(rows, key=lambda row: int(row["part"])), draw) for rows in debates.values()]
    ours, *others = (fmean(one[place] for one in told) for place in range(4))
    named = dict(zip(("cut evenly", "cut at random", "not cut at all"), others, strict=True))
    best = min(named, key=lambda name: named[name])
    return [
        Result(
            theme="Transcripts",
            measure="where topics change in debates",
            analysis="transcript.topics",
            data="M-Arg, the 2020 debates (Mestre et al. 2021)",
            licence=licences(rows_of(DEBATES)),
            rows=len(debates),
            split=ALL,
            figure="pk",
            baseline=best,
            baseline_value=named[best],
            value=ours,
            bar=round(named[best], 3),
            lower_is_better=True,
            note="less is better; rows are debates; " + ", ".join(f"{n} {v:.3f}" for n, v in named.items()),
        )
    ]


def check_worthiness() -> list[Result]:
    """AUC of the check-worthiness that claims are ranked by."""
    from analyses.local.checking import check_worthiness as worth

    rows = rows_of(CLAIMS)
    cases = [Case(row, row["label"] == "check-worthy fact", row) for row in rows if held_out(row["id"])]
    value = _auc(cases, [worth(case.content["text"]) for case in cases])
    base = _auc(cases, baselines.figures(cases, []))
    return [
        Result(
            theme="Transcripts",
            measure="sentences of debates worth checking above others",
            analysis="transcript.arguments",
            data="ClaimBuster (Arslan et al. 2020)",
            licence=licences(rows),
            rows=len(cases),
            split=HELD_OUT,
            figure="auc",
            baseline="how many figures",
            baseline_value=base,
            value=value,
        )
    ]


def _auc(cases: list[Case], scores: Sequence[float]) -> float:
    high = [score for case, score in zip(cases, scores, strict=True) if case.gold]
    return auc(high, [score for case, score in zip(cases, scores, strict=True) if not case.gold])


def _debate(rows: list[Row], draw: random.Random) -> tuple[float, ...]:
    """Pk of ours, of even cuts, of random ones in the mean, and of none."""
    lines = [(number, line) for number, row in enumerate(rows) for line in row["text"].split("\n")]
    lines = [(number, line) for number, line in lines if line.strip()]
    turns = [dict(zip(("speaker", "text"), line.split(": ", 1), strict=False)) for _, line in lines]
    gold = [number for number, _ in lines]
    content = get_analysis("transcript.topics").parse_content({"turns": turns})
    if len(content.turns) != len(gold):
        raise ValueError("The turns of a debate were joined or parted; its labels no longer fit.")
    answer = get_analysis("transcript.topics").local(content)
    ours = cut_at([one.turn for one in answer.drift_points], len(gold))
    segments, units = len(boundaries_of(gold)) + 1, len(gold)
    even = cut_at([round(units * part / segments) for part in range(1, segments)], units)
    cuts = [cut_at(draw.sample(range(1, units), segments - 1), units) for _ in range(RANDOM_CUTS)]
    chance = fmean(pk(gold, cut) for cut in cuts)
    return pk(gold, ours), pk(gold, even), chance, pk(gold, cut_at([], units))


MEASURES = [
    Special("Transcripts", "topic changes", "transcript.topics", topic_changes),
    Special("Transcripts", "check-worthiness", "transcript.arguments", check_worthiness),
]
