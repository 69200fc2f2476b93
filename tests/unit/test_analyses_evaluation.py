"""Scoring against labels, worked by hand, and the bars on real labelled texts."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyses.evaluation import Graded, auc, evaluate, gold_label, graded
from errors import InvalidInput

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("GRISTMILL_SHARED", ROOT.parent / "shared"))
SCORES = st.lists(st.integers(-3, 3).map(float), min_size=1, max_size=20)


@given(SCORES, SCORES)
def test_auc_by_ranks_is_the_share_of_pairs_in_order(high: list[float], low: list[float]) -> None:
    pairs = [1.0 if a > b else 0.5 if a == b else 0.0 for a, b in product(high, low)]
    assert auc(high, low) == pytest.approx(sum(pairs) / len(pairs))


def test_auc_of_an_empty_side_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least one score"):
        auc([], [1.0])


def test_without_a_neutral_in_gold_the_sign_decides_and_zero_is_wrong() -> None:
    rows = [
        Graded("positive", "neutral", 0.01),
        Graded("negative", "negative", -0.7),
        Graded("negative", "positive", 0.3),
        Graded("positive", "neutral", 0.0),
    ]
    told = evaluate(rows)
    assert (told.policy, told.accuracy, told.undecided, told.count) == ("sign", 0.5, 1, 4)
    assert told.confusion["positive"] == {"positive": 1, "undecided": 1}
    assert told.labels["negative"].precision == 1.0
    assert told.labels["negative"].recall == 0.5
    assert told.auc == pytest.approx(0.5)


def test_with_a_neutral_in_gold_labels_are_compared() -> None:
    rows = [
        Graded("neutral", "neutral", 0.0),
        Graded("positive", "neutral", 0.04),
        Graded("negative", "negative", -0.4),
    ]
    told = evaluate(rows)
    assert told.policy == "label"
    assert told.accuracy == pytest.approx(2 / 3)
    assert told.labels["neutral"].f1 == pytest.approx(2 / 3)
    assert told.macro_f1 == pytest.approx((2 / 3 + 1 + 0) / 3)


def test_truth_against_a_score_is_told_by_rank_alone() -> None:
    told = evaluate([Graded("true", None, 8.0), Graded("false", None, 2.0)])
    assert (told.policy, told.auc, told.accuracy, told.labels) == ("rank", 1.0, None, {})


@pytest.mark.parametrize(
    ("row", "path", "label"),
    [
        ({"label": {"sentiment": "Positive"}}, "label.sentiment", "positive"),
        ({"label": "neg"}, "label", "negative"),
        ({"label": {"clickbait": True}}, "label.clickbait", "true"),
        ({"stars": 5}, "stars", "5"),
    ],
)
def test_a_label_is_found_by_its_dotted_path(row: dict[str, Any], path: str, label: str) -> None:
    assert gold_label(row, path) == label


@pytest.mark.parametrize("path", ["label.mood", "label.sentiment.deep", "other", "label"])
def test_a_wrong_path_is_refused(path: str) -> None:
    with pytest.raises(InvalidInput):
        gold_label({"label": {"sentiment": "positive"}}, path)


def test_rows_that_cannot_be_compared_are_refused() -> None:
    with pytest.raises(InvalidInput, match="nothing to evaluate"):
        evaluate([])
    with pytest.raises(InvalidInput, match="no label to compare"):
        evaluate([Graded("a", None, 1.0)])
    with pytest.raises(InvalidInput, match="no number called"):
        graded("true", object(), "hype_score")


@pytest.fixture(scope="module")
def figures() -> dict[str, float]:
    """The bench's figures by measure; it is run as a person would run it."""
    import json

    if not (SHARED / "data").exists():
        pytest.skip("the labelled texts are not there; they are not part of the product")
    command = [sys.executable, str(ROOT / "bench" / "local_quality.py"), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=110)
    return {f"{one['analysis']}: {one['measure']}": one["value"] for one in json.loads(done.stdout)}


@pytest.mark.parametrize(
    ("measure", "least"),
    [
        ("text.sentiment: accuracy, labelled sentences, all", 0.80),
        ("text.sentiment: accuracy, labelled sentences, held out", 0.80),
        ("text.sentiment: correlation with 20 raters' mean valence", 0.65),
        ("text.sentiment: AUC, 4–5 against 1–2 stars", 0.83),
        ("story.enhance: hype: AUC, clickbait headlines, held out", 0.85),
        ("story.enhance: hype: AUC, causal claim or weaker", 0.65),
        ("story.enhance: ethics: AUC, counter-projects above harmful uses", 0.85),
    ],
)
def test_the_local_analysers_keep_their_bars_on_real_texts(
    figures: dict[str, float], measure: str, least: float
) -> None:
    assert figures[measure] >= least


def test_local_sentiment_beats_plain_vader_on_sentences_nobody_tuned_on(figures: dict[str, float]) -> None:
    ours = figures["text.sentiment: accuracy, labelled sentences, held out"]
    assert ours > figures["plain VADER: accuracy with 0 as negative, held out"]
