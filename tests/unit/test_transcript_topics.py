"""`transcript.topics` and the claim finder against people's labels, which were not learnt from."""

from __future__ import annotations

import random
from itertools import groupby
from pathlib import Path
from statistics import fmean

import pytest

from analyses import get_analysis
from analyses.contents import Transcript
from analyses.evaluation import auc, cut_at, pk, window_diff
from analyses.local.checking import check_worthiness
from analyses.local.segments import begins_of, units_of
from analyses.samples import load
from analyses.training.split import held_out
from analyses.transcript_topics import Topics
from tests.harness import debates

ANALYSIS = get_analysis("transcript.topics")
RANDOM_CUTS = 100


def local(content: Transcript) -> Topics:
    answer = ANALYSIS.local(content)
    assert isinstance(answer, Topics)
    return answer


def whole_debates(shared: Path) -> list[tuple[Transcript, list[int]]]:
    """Each debate put together from its segments, and the segment of each of its turns."""
    found = []
    rows = debates.rows(shared, "us2020_topic_segments")
    for _, segments in groupby(rows, key=lambda row: row["debate_id"]):
        turns, gold = [], []
        for place, row in enumerate(segments):
            part = Transcript.model_validate({"text": row["text"]})
            turns += [{"speaker": turn.speaker, "text": turn.text} for turn in part.turns]
            gold += [place] * len(part.turns)
        found.append((Transcript.model_validate({"turns": turns}), gold))
    return found


def test_drift_points_lie_nearer_to_where_people_see_them_than_random_or_even_ones(shared: Path) -> None:
    for content, gold in whole_debates(shared):
        units, count = len(gold), len(set(gold))
        found = cut_at([one.turn for one in local(content).drift_points], units)
        even = cut_at([round(units * place / count) for place in range(1, count)], units)
        drawn = random.Random(7)
        chance = [cut_at(drawn.sample(range(1, units), count - 1), units) for _ in range(RANDOM_CUTS)]
        for measure in (pk, window_diff):
            others = [measure(gold, even), fmean(measure(gold, cut) for cut in chance), pk(gold, [0] * units)]
            assert measure(gold, found) < min(others), measure.__name__


@pytest.mark.parametrize(
    ("first", "second"),
    [("beekeeper-interview", "council-quarrel"), ("release-meeting", "beekeeper-interview")],
)
def test_two_conversations_put_together_are_taken_apart_where_they_meet(first: str, second: str) -> None:
    samples = {row["id"]: row for row in load("transcripts")}
    turns = [*samples[first]["turns"], *samples[second]["turns"]]
    units = units_of(Transcript.model_validate({"turns": turns}).turns)
    assert begins_of(units) == [0, len(samples[first]["turns"])]


def test_a_change_that_is_announced_is_a_drift_point_with_the_words_that_announce_it() -> None:
    row = next(row for row in load("transcripts") if row["id"] == "bridge-debate")
    drifts = local(Transcript.model_validate(row)).drift_points
    assert ("Moderator", 12, "Let us turn to the school.") in [(d.speaker, d.turn, d.quote) for d in drifts]


def test_segments_cover_every_turn_once() -> None:
    for row in load("transcripts"):
        content = Transcript.model_validate(row)
        segments = local(content).segments
        covered = [turn for one in segments for turn in range(one.first_turn, one.last_turn + 1)]
        assert covered == [turn.number for turn in content.turns]
        assert abs(sum(one.share for one in local(content).topics) - 1) < 0.01


def test_sentences_that_people_would_check_rank_above_others_in_the_half_that_was_held_out(
    shared: Path,
) -> None:
    rows = [r for r in debates.rows(shared, "debate_claims_checkworthiness") if held_out(r["id"])]
    scores: dict[bool, list[float]] = {True: [], False: []}
    for row in rows:
        scores[row["label"] == "check-worthy fact"].append(check_worthiness(row["text"]))
    assert auc(scores[True], scores[False]) > 0.84
    hits = sum(score >= 0.5 for score in scores[True])
    found = hits + sum(score >= 0.5 for score in scores[False])
    precision, recall = hits / found, hits / len(scores[True])
    assert 2 * precision * recall / (precision + recall) > 0.62
