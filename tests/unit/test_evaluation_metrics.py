"""Metrics, worked by hand, against brute force, and against what their papers print."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyses.evaluation import (
    METRICS,
    accuracy,
    auc,
    boundaries_of,
    category_macro_f1,
    category_micro_f1,
    category_qualities,
    confusion,
    cut_at,
    figures_of,
    get_metric,
    label_qualities,
    macro_f1,
    mean_absolute_error,
    paired_difference,
    pk,
    root_mean_squared_error,
    rouge_l,
    spearman,
    token_overlap,
    window_diff,
)
from analyses.evaluation.overlap import common_words
from errors import InvalidInput

SCORES = st.lists(st.integers(-3, 3).map(float), min_size=1, max_size=20)
WORDS = st.lists(st.sampled_from("abcd"), max_size=30)
CUTS = st.lists(st.booleans(), min_size=2, max_size=40)


@given(SCORES, SCORES)
def test_auc_by_ranks_is_the_share_of_pairs_in_order(high: list[float], low: list[float]) -> None:
    pairs = [1.0 if a > b else 0.5 if a == b else 0.0 for a, b in product(high, low)]
    assert auc(high, low) == pytest.approx(sum(pairs) / len(pairs))


def test_auc_of_an_empty_side_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least one score"):
        auc([], [1.0])


def test_rank_correlation_sees_order_alone_and_shares_ties() -> None:
    assert spearman([1, 2, 3], [10, 100, 1_000]) == pytest.approx(1)
    assert spearman([1, 2, 3], [3, 2, 1]) == pytest.approx(-1)
    assert spearman([1, 2, 2, 3], [1, 2, 3, 4]) == pytest.approx(0.9486832980505138)  # scipy's spearmanr
    assert spearman([1, 1, 1], [1, 2, 3]) == 0.0
    with pytest.raises(ValueError, match="one length"):
        spearman([1], [1, 2])


def test_one_large_error_weighs_more_in_rmse_than_in_mae() -> None:
    pairs = [(0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.0, -4.0)]
    assert (mean_absolute_error(pairs), root_mean_squared_error(pairs)) == (1.0, 2.0)
    assert (mean_absolute_error([]), root_mean_squared_error([])) == (0.0, 0.0)


def test_labels_are_counted_by_gold_and_macro_f1_weighs_each_alike() -> None:
    pairs = [("a", "a"), ("a", "a"), ("a", "b"), ("b", "b")]
    assert accuracy(pairs) == 0.75
    assert confusion(pairs) == {"a": {"a": 2, "b": 1}, "b": {"b": 1}}
    qualities = label_qualities(pairs)
    assert (qualities["a"].precision, qualities["a"].recall, qualities["a"].support) == (
        1.0,
        pytest.approx(2 / 3),
        3,
    )
    assert macro_f1(pairs) == pytest.approx((0.8 + 2 / 3) / 2)
    assert (accuracy([]), macro_f1([])) == (0.0, 0.0)


@given(WORDS, WORDS)
def test_the_bit_parallel_subsequence_is_that_of_the_textbook(ones: list[str], others: list[str]) -> None:
    lengths = [[0] * (len(others) + 1) for _ in range(len(ones) + 1)]
    for i, one in enumerate(ones):
        for j, other in enumerate(others):
            longest = max(lengths[i][j + 1], lengths[i + 1][j])
            lengths[i + 1][j + 1] = lengths[i][j] + 1 if one == other else longest
    assert common_words(ones, others) == lengths[-1][-1]


def test_rouge_l_follows_the_example_of_its_paper() -> None:
    """Lin 2004, §3.1: of two candidates with the same words the one in the right order is better."""
    reference = "police killed the gunman"
    assert rouge_l("police kill the gunman", reference).f1 == pytest.approx(3 / 4)
    assert rouge_l("the gunman kill police", reference).f1 == pytest.approx(2 / 4)


def test_rouge_l_takes_the_best_of_several_references_and_needs_one() -> None:
    assert rouge_l("The mill is loud!", "a quiet mill", "the mill is loud").f1 == 1.0
    assert rouge_l("", "something").f1 == 0.0
    with pytest.raises(ValueError, match="at least one reference"):
        rouge_l("alone")


def test_evidence_is_counted_by_words_and_nothing_found_where_nothing_is_is_right() -> None:
    told = token_overlap(["shall terminate at once"], ["may terminate at will"])
    assert told.f1 == pytest.approx(0.5)
    assert token_overlap([], []).f1 == 1.0
    assert token_overlap(["too much"], []).f1 == token_overlap([], ["missed"]).f1 == 0.0
    assert token_overlap(["one two", "three"], ["three", "two one"]).f1 == 1.0  # order of quotes is nothing


def test_pk_and_window_diff_are_those_of_the_papers() -> None:
    """Pevzner & Hearst 2002: a near miss costs less than a miss, and Pk overlooks what WindowDiff counts."""
    gold = cut_at([6], 12)
    near, none, extra = cut_at([7], 12), cut_at([], 12), cut_at([6, 7], 12)
    assert pk(gold, gold) == window_diff(gold, gold) == 0.0
    assert 0 < pk(gold, near) < pk(gold, none)
    assert 0 < window_diff(gold, near) < window_diff(gold, none)
    assert pk(gold, extra) < window_diff(gold, extra)


@given(CUTS)
def test_windows_are_counted_as_a_plain_look_at_each_would(begins: list[bool]) -> None:
    gold = cut_at([place for place, is_begin in enumerate(begins) if is_begin], len(begins))
    found = cut_at([], len(begins))
    width = max(1, min(max(2, round(len(gold) / (gold[-1] + 1) / 2)), len(gold) - 1))
    ends = [(gold[at], gold[at + width]) for at in range(len(gold) - width)]
    assert pk(gold, found) == pytest.approx(sum(a != b for a, b in ends) / len(ends) if ends else 0.0)


def test_cuts_are_told_by_where_segments_begin_and_must_be_of_the_same_units() -> None:
    assert boundaries_of("aabbbc") == [2, 5]
    assert cut_at([2, 5, 0, 99], 6) == [0, 0, 1, 1, 1, 2]
    with pytest.raises(ValueError, match="same units"):
        pk("aab", "aa")


def test_categories_are_told_by_presence_and_rare_ones_can_be_left_out() -> None:
    rows = [(["a", "b"], ["a"]), (["a"], ["a", "b"]), (["a"], [])]
    assert category_qualities(rows)["a"].recall == pytest.approx(2 / 3)
    assert category_macro_f1(rows) == pytest.approx((0.8 + 0) / 2)
    assert category_macro_f1(rows, at_least=2) == pytest.approx(0.8)
    assert category_micro_f1(rows) == pytest.approx(2 * 2 / (3 + 4))


@pytest.mark.parametrize(
    ("name", "gold", "found", "outcome"),
    [
        ("label", "Neg", "negative", ["negative", "negative"]),
        ("sign", "pos", -0.5, ["positive", "negative", -0.5]),
        ("sign", "neg", 0.0, ["negative", "undecided", 0.0]),
        ("auc", True, 8.5, [True, 8.5]),
        ("auc", "no", 1, [False, 1]),
        ("number", 4, 3.5, [4, 3.5]),
        ("presence", True, [], [True, False]),
        ("categories", {"Cap": True, "Audit": False}, ["cap", "Cap"], [["cap"], ["cap"]]),
        ("categories", {"Cap On Liability": True}, ["cap_on_liability"], [["cap on liability"]] * 2),
        ("summary", ["the mill"], "the mill", [1.0, 1.0, 1.0]),
        ("quotes", ["the mill"], [], [0.0, 0.0, 0.0]),
        ("boundaries", ["a", "a", "b"], [2], [0.0, 0.0]),
    ],
)
def test_a_row_tells_little_and_all_that_the_figures_need(
    name: str, gold: Any, found: Any, outcome: list[Any]
) -> None:
    metric = get_metric(name)
    assert metric.outcome(gold, found) == outcome
    figures = metric.figures([outcome])
    assert all(isinstance(value, int | float) for value in figures.values())
    assert metric.headline in figures or name == "auc"  # which needs a row of each side


@pytest.mark.parametrize(
    ("name", "gold", "found"),
    [
        ("auc", "perhaps", 1.0),
        ("auc", True, "high"),
        ("number", "four", 4),
        ("number", True, 4),
        ("summary", "text", ["list"]),
        ("boundaries", [], []),
        ("label", {"a": 1}, "a"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_what_to_do(name: str, gold: Any, found: Any) -> None:
    with pytest.raises(InvalidInput):
        get_metric(name).outcome(gold, found)


def test_an_unknown_metric_is_answered_with_those_there_are() -> None:
    with pytest.raises(InvalidInput, match="label, sign, auc"):
        get_metric("bleu")
    with pytest.raises(InvalidInput, match="nothing to evaluate"):
        figures_of(METRICS["label"], [])


def test_a_clear_difference_is_sure_and_a_run_does_not_differ_from_itself() -> None:
    label = METRICS["label"]
    right = [["a", "a"], ["b", "b"]] * 50
    wrong = [["a", "b"], ["b", "a"]] * 50
    clear = paired_difference(label, wrong, right)
    assert (clear.value, clear.is_sure) == (1.0, True)
    same = paired_difference(label, right, right)
    assert (same.value, same.low, same.high, same.is_sure) == (0.0, 0.0, 0.0, False)


def test_a_small_difference_of_few_rows_is_not_sure_and_the_interval_is_always_the_same() -> None:
    label = METRICS["label"]
    first = [["a", "a"], ["b", "b"], ["a", "b"], ["b", "a"], ["a", "a"], ["b", "b"]]
    second = [["a", "a"], ["b", "b"], ["a", "a"], ["b", "a"], ["a", "a"], ["b", "b"]]
    told = paired_difference(label, first, second)
    assert told.low <= told.value <= told.high
    assert not told.is_sure
    assert told == paired_difference(label, first, second)
    with pytest.raises(InvalidInput, match="row by row"):
        paired_difference(label, first, second[1:])
