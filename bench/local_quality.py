"""How good the offline analysers are on real labelled texts: one table, or `--json`.

    python bench/local_quality.py [--json]

The texts are not part of the product: they are looked for in ../shared (or GRISTMILL_SHARED), and a
measure whose file is absent is skipped with the reason. "tuned" is the half of a set that rules were
tried on, "held out" the other half, whose texts were not read; halves are by the hash of a row's id.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import cache
from pathlib import Path
from statistics import correlation, mean
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from analyses import get_analysis  # noqa: E402
from analyses.evaluation import METRICS, accuracy, auc, gold_label  # noqa: E402
from analyses.local import readability  # noqa: E402
from analyses.story_enhance import Enhancement  # noqa: E402
from analyses.text_sentiment import Sentiment, label_of  # noqa: E402
from analyses.training.split import held_out  # noqa: E402
from bench import document_quality, short_quality  # noqa: E402
from bench.labelled import PARTS, Figure, Row, rows  # noqa: E402


def sentiment(row: Row) -> Sentiment:
    analysis = get_analysis("text.sentiment")
    answer = analysis.local(analysis.parse_content({"text": row["text"]}))
    assert isinstance(answer, Sentiment)
    return answer


def enhancement(row: Row) -> Enhancement:
    analysis = get_analysis("story.enhance")
    answer = analysis.local(analysis.parse_content(row))
    assert isinstance(answer, Enhancement)
    return answer


@cache
def _vader() -> Any:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer()


def vader(row: Row) -> float:
    score: float = _vader().polarity_scores(row["text"])["compound"]
    return score


def ours(row: Row) -> float:
    return sentiment(row).score


SCORERS: dict[str, Callable[[Row], float]] = {"text.sentiment": ours, "plain VADER": vader}


def labelled_sentences() -> Iterator[Figure]:
    everything = rows("reviews/sentiment_labelled_sentences.jsonl")
    for part, wanted in PARTS.items():
        some = [row for row in everything if held_out(row["id"]) in wanted]
        for name, score in SCORERS.items():
            sign = METRICS["sign"]
            told = sign.figures([sign.outcome(row["label"]["sentiment"], score(row)) for row in some])
            note = f"by sign; a score of 0 is wrong ({told['undecided']} of them)"
            yield Figure(name, f"accuracy, labelled sentences, {part}", len(some), told["accuracy"], note)
        kind = sum((vader(row) > 0) == (row["label"]["sentiment"] == "positive") for row in some) / len(some)
        yield Figure(
            "plain VADER", f"accuracy with 0 as negative, {part}", len(some), kind, "VADER's kindest reading"
        )


def valence_sentences() -> Iterator[Figure]:
    some = rows("reviews/product_review_sentences_valence.jsonl")
    for name, score in SCORERS.items():
        scores = [score(row) for row in some]
        pairs = [(row["label"]["polarity"], label_of(one)) for row, one in zip(some, scores, strict=True)]
        together = correlation(scores, [row["label"]["mean_valence"] for row in some])
        yield Figure(name, "correlation with 20 raters' mean valence", len(some), together, "Pearson")
        yield Figure(
            name, "accuracy of three labels, rated sentences", len(some), accuracy(pairs), "not tuned on"
        )


def clothing_stars() -> Iterator[Figure]:
    everything = rows("reviews/clothing_reviews_stars.jsonl")
    for part, wanted in PARTS.items():
        some = [row for row in everything if held_out(row["id"]) in wanted]
        for name, score in SCORERS.items():
            scored = [(score(row), row["label"]["stars"]) for row in some]
            sides = [s for s, stars in scored if stars >= 4], [s for s, stars in scored if stars <= 2]
            yield Figure(name, f"AUC, 4–5 against 1–2 stars, {part}", len(some), auc(*sides), "")


def clickbait() -> Iterator[Figure]:
    everything = rows("stories/headlines_clickbait.jsonl")
    for part, wanted in PARTS.items():
        some = [row for row in everything if held_out(row["id"]) in wanted]
        scored = [(gold_label(row, "label.clickbait") == "true", enhancement(row).hype_score) for row in some]
        sides = [one for is_bait, one in scored if is_bait], [one for is_bait, one in scored if not is_bait]
        yield Figure("story.enhance", f"hype: AUC, clickbait headlines, {part}", len(some), auc(*sides), "")


def exaggeration() -> Iterator[Figure]:
    some = rows("stories/science_press_release_exaggeration.jsonl")
    scored = [(enhancement(row).hype_score, row["label"]) for row in some]
    high = [score for score, label in scored if label["exaggeration"] == "exaggerates"]
    low = [score for score, label in scored if label["exaggeration"] == "same"]
    note = "the paper, which the label compares with, is not seen"
    yield Figure(
        "story.enhance", "hype: AUC, press release exaggerates or not", len(high + low), auc(high, low), note
    )
    strong = [score for score, label in scored if label["press_release_strength"] == 3]
    weak = [score for score, label in scored if label["press_release_strength"] < 3]
    yield Figure(
        "story.enhance", "hype: AUC, causal claim or weaker", len(some), auc(strong, weak), "claim as stated"
    )


def ethics_cases() -> Iterator[Figure]:
    some = rows("stories/ai_ethics_cases.jsonl")
    scored = [(enhancement(row).ethics_score, row["label"]["list"]) for row in some]
    sides = [s for s, kind in scored if kind != "awful"], [s for s, kind in scored if kind == "awful"]
    note = "the word lists were written with these cases seen, so not held out"
    yield Figure(
        "story.enhance", "ethics: AUC, counter-projects above harmful uses", len(some), auc(*sides), note
    )


def reading_levels() -> Iterator[Figure]:
    some = rows("stories/news_three_reading_levels.jsonl")
    for level in ("advanced", "intermediate", "elementary"):
        group = [row for row in some if row["label"]["reading_level"] == level]
        before = [readability.flesch_reading_ease(row["text"]) for row in group]
        after = [readability.flesch_reading_ease(enhancement(row).eli5_summary) for row in group]
        yield Figure(
            "story.enhance", f"Flesch reading ease of the text, {level}", len(group), mean(before), ""
        )
        yield Figure(
            "story.enhance", f"Flesch reading ease of the summary, {level}", len(group), mean(after), ""
        )


def speed() -> Iterator[Figure]:
    some = rows("stories/tech_stories.jsonl")
    for name, run in (("story.enhance", enhancement), ("text.sentiment", sentiment)):
        run(some[0])  # loads the word lists
        start = time.perf_counter()
        for row in some:
            run(row)
        each_ms = (time.perf_counter() - start) / len(some) * 1_000
        yield Figure(name, "ms for one tech story (mean)", len(some), each_ms, "5,700 characters on average")


MEASURES: list[Callable[[], Iterator[Figure]]] = [
    labelled_sentences,
    valence_sentences,
    clothing_stars,
    clickbait,
    exaggeration,
    ethics_cases,
    reading_levels,
    *short_quality.MEASURES,
    *document_quality.MEASURES,
    speed,
]


def measured() -> Iterator[Figure]:
    for measure in MEASURES:
        try:
            yield from measure()
        except FileNotFoundError as error:
            yield Figure("-", measure.__name__, 0, None, f"skipped: {Path(error.filename).name} is not there")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON list on stdout")
    if parser.parse_args().json:
        print(json.dumps([asdict(figure) for figure in measured()], indent=1))
        return 0
    print(f"{'analysis':<23} {'measure':<58} {'n':>5} {'value':>8}  note")
    for figure in measured():
        value = "–" if figure.value is None else f"{figure.value:.3f}"
        print(
            f"{figure.analysis:<23} {figure.measure:<58} {figure.count:>5} {value:>8}  {figure.note}",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
