"""Evaluation: how good answers are against labels. One file per family of measures, all of them pure."""

from __future__ import annotations

from analyses.evaluation.bootstrap import Difference, paired_difference
from analyses.evaluation.boundaries import boundaries_of, cut_at, pk, window_diff
from analyses.evaluation.categories import category_macro_f1, category_micro_f1, category_qualities
from analyses.evaluation.choosing import Comparison, choose
from analyses.evaluation.distance import mean_absolute_error, root_mean_squared_error
from analyses.evaluation.labels import LabelQuality, accuracy, confusion, label_qualities, macro_f1
from analyses.evaluation.metrics import METRICS, UNDECIDED, Metric, figures_of, get_metric, pairs_of
from analyses.evaluation.overlap import Overlap, rouge_l, token_overlap
from analyses.evaluation.paths import found_at, gold_label, value_at
from analyses.evaluation.ranking import auc, pearson, ranks_of, spearman

__all__ = [
    "METRICS",
    "UNDECIDED",
    "Comparison",
    "Difference",
    "LabelQuality",
    "Metric",
    "Overlap",
    "accuracy",
    "auc",
    "boundaries_of",
    "category_macro_f1",
    "category_micro_f1",
    "category_qualities",
    "choose",
    "confusion",
    "cut_at",
    "figures_of",
    "found_at",
    "get_metric",
    "gold_label",
    "label_qualities",
    "macro_f1",
    "mean_absolute_error",
    "paired_difference",
    "pairs_of",
    "pearson",
    "pk",
    "ranks_of",
    "root_mean_squared_error",
    "rouge_l",
    "spearman",
    "token_overlap",
    "value_at",
    "window_diff",
]
