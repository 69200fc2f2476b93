"""The bars of the local analysers on real labelled texts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("GRISTMILL_SHARED", ROOT.parent / "shared"))


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
        ("text.sentiment: AUC, 4–5 against 1–2 stars, held out", 0.83),
        ("text.sentiment: macro F1, clothing reviews, held out", 0.72),
        ("review.process: macro F1, clothing reviews, held out", 0.72),
        ("text.sentiment: polarity of aspects found, held out", 0.80),
        ("email.blockers: F1 of intent, mail sentences, held out", 0.70),
        ("reflection.process: macro F1, nine kinds of passage, held out", 0.45),
        ("prompt.analyze: AUC, attacks above prompts, held out", 0.65),
        ("tool.analyze: Spearman, maturity, both, held out", 0.35),
        ("document.extract_risks: CUAD risk presence, macro F1, held out", 0.55),
        ("document.extract_risks: evidence of CUAD clauses found, F1, held out", 0.60),
        ("document.classify: – or the runner-up, body only, held out", 0.70),
        ("document.summarize: ROUGE-L F1 of one sentence, ai_paper_tldr, held out", 0.25),
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
