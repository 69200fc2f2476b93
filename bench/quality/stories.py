"""Measures of stories: hype, ethics, plain words, language."""

from __future__ import annotations

from statistics import fmean
from typing import Any

from analyses.local.readability import flesch_reading_ease
from analyses.local.words import sentences
from analyses.training.split import held_out
from bench.quality import baselines
from bench.quality.measure import (
    ALL,
    HELD_OUT,
    Case,
    Measure,
    Result,
    Special,
    answered,
    licences,
    rows_of,
    single,
)

RELEASES = "stories/science_press_release_exaggeration.jsonl"
RELEASE_DATA = "Press releases of science (Sumner et al. 2014; Bratton et al. 2019)"
LEVELS = "stories/news_three_reading_levels.jsonl"
CHANCE = ("chance", baselines.chance)
# The languages of the set, in the codes that the analysis answers with.
CODES = {
    "arb": "ar", "cmn_hans": "zh", "jpn": "ja", "hin": "hi", "rus": "ru", "tha": "th", "fra": "fr",
    "spa": "es", "pes_1": "fa",
}  # fmt: skip


def _hype(answer: Any) -> float:
    return float(answer.hype_score)


def reading_ease() -> list[Result]:
    """How much easier summaries are to read than the texts, by level: the mean rise of Flesch's ease."""
    rows = [row for row in rows_of(LEVELS) if held_out(row["id"])]
    return [_eased(level, rows) for level in ("advanced", "intermediate", "elementary")]


def _eased(level: str, rows: list[dict[str, Any]]) -> Result:
    texts = [row for row in rows if row["label"]["reading_level"] == level]
    before = [flesch_reading_ease(row["text"]) for row in texts]
    after = [
        flesch_reading_ease(answered("story.enhance", Case(row, None, row)).eli5_summary) for row in texts
    ]
    lead = [flesch_reading_ease(" ".join(s.text for s in sentences(row["text"])[:2])) for row in texts]
    return Result(
        theme="Stories",
        measure=f"plain words: rise of reading ease, {level} news",
        analysis="story.enhance",
        data="OneStopEnglish (Vajjala & Lucic 2018)",
        licence=licences(texts),
        rows=len(texts),
        split=HELD_OUT,
        figure="points",
        baseline="the first two sentences",
        baseline_value=fmean(lead) - fmean(before),
        value=fmean(after) - fmean(before),
        bar=0.0 if level == "advanced" else None,
        note=f"Flesch reading ease, {fmean(before):.1f} → {fmean(after):.1f}; more is easier",
    )


MEASURES: list[Measure | Special] = [
    Special("Stories", "reading ease of plain words", "story.enhance", reading_ease),
    Measure(
        theme="Stories",
        name="hype: clickbait above news headlines",
        analysis="story.enhance",
        files=("stories/headlines_clickbait.jsonl",),
        data="Stop Clickbait (Chakraborty et al. 2016)",
        metric="auc",
        figure="auc",
        cases=single(lambda row: row["label"]["clickbait"]),
        found=_hype,
        baseline=CHANCE,
        bar=0.85,
    ),
    Measure(
        theme="Stories",
        name="hype: releases that exaggerate above those that say the same",
        analysis="story.enhance",
        files=(RELEASES,),
        data=RELEASE_DATA,
        metric="auc",
        figure="auc",
        cases=single(lambda row: row["label"]["exaggeration"] == "exaggerates"),
        found=_hype,
        baseline=CHANCE,
        note="the paper, which the label compares with, is not seen",
        takes=lambda row: row["label"]["exaggeration"] in ("exaggerates", "same"),
    ),
    Measure(
        theme="Stories",
        name="hype: causal claims above weaker ones",
        analysis="story.enhance",
        files=(RELEASES,),
        data=RELEASE_DATA,
        metric="auc",
        figure="auc",
        cases=single(lambda row: row["label"]["press_release_strength"] == 3),
        found=_hype,
        baseline=CHANCE,
    ),
    Measure(
        theme="Stories",
        name="ethics: counter-projects above harmful uses",
        analysis="story.enhance",
        files=("stories/ai_ethics_cases.jsonl",),
        data="Awful AI (D. Dao and contributors)",
        metric="auc",
        figure="auc",
        cases=single(lambda row: row["label"]["list"] != "awful"),
        found=lambda answer: answer.ethics_score,
        baseline=CHANCE,
        split=ALL,
        note="the word lists were written with these cases seen, so this flatters",
    ),
    Measure(
        theme="Stories",
        name="language of a text",
        analysis="text.sentiment",
        files=("nasty/multilingual_rtl.jsonl",),
        data="Universal Declaration of Human Rights",
        metric="label",
        figure="accuracy",
        cases=single(lambda row: CODES[row["label"]["language"]]),
        found=lambda answer: answer.language,
        baseline=("English always", lambda cases, seen: ["en"] * len(cases)),
        split=ALL,
    ),
]
