"""Measures of feelings: reviews and mail."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import fmean
from typing import Any

from analyses.local.aspects import parts_named
from analyses.local.words import lowers
from analyses.training.split import held_out
from bench.quality import baselines
from bench.quality.measure import (
    HELD_OUT,
    Case,
    Measure,
    Result,
    Row,
    Special,
    answered,
    licences,
    rows_of,
    single,
)

SENTENCES = "reviews/sentiment_labelled_sentences.jsonl"
STARS = "reviews/clothing_reviews_stars.jsonl"
VALENCE = "reviews/product_review_sentences_valence.jsonl"
ASPECTS = "reviews/product_reviews_aspects.jsonl"
MAIL = "emails/enron_labelled.jsonl"
VADER = ("plain VADER, 0 as negative", baselines.vader_sign)
PRODUCTS = "Customer reviews of 14 products (Hu & Liu 2004; Ding et al. 2008)"
MISSING = "a score of 0 is wrong"


def _score(answer: Any) -> float:
    return float(answer.score)


def _side(row: Row) -> str:
    return "positive" if row["label"]["stars"] >= 4 else "negative"


def _part(aspect: str) -> str:
    """The part of a product that an aspect names ("battery life": battery), or else its last word."""
    words = lowers(aspect)
    return next(iter(parts_named(words)), words[-1].rstrip("s") if words else "")


def _marked(row: Row) -> dict[str, float]:
    """The parts that people marked in a review, with the sum of the scores that they gave."""
    sums: dict[str, float] = {}
    for marked in row["label"]["sentence_aspects"].values():
        for name, score in marked:
            sums[_part(name)] = sums.get(_part(name), 0.0) + score
    return sums


def polarity_of_parts() -> list[Result]:
    """Of the parts that were marked and found: whether they are praised or blamed."""
    rows = [row for row in rows_of(ASPECTS) if held_out(row["id"])]
    outcomes = []
    for row in rows:
        gold = {name: score for name, score in _marked(row).items() if score}
        answer = answered("text.sentiment", Case({"text": row["text"], "title": row["title"]}, None, row))
        for name, score in {_part(one.aspect): one.score for one in answer.aspects}.items():
            if name in gold:
                outcomes.append([gold[name] > 0, score > 0])
    return [
        Result(
            theme="Sentiment",
            measure="parts of products that were found: praised or blamed",
            analysis="text.sentiment",
            data=PRODUCTS,
            licence=licences(rows),
            rows=len(outcomes),
            split=HELD_OUT,
            figure="accuracy",
            baseline="always praised",
            baseline_value=fmean(gold for gold, _ in outcomes),
            value=fmean(gold == found for gold, found in outcomes),
            note="rows are parts",
        )
    ]


def _marked_sentences(row: Row) -> Iterator[Case]:
    """Each line with marked aspects that lean to one side, with that side."""
    marked = row["label"]["sentence_aspects"]
    for number, line in enumerate(row["text"].split("\n")):
        total = sum(score for _, score in marked.get(str(number), []))
        if line.strip() and total:
            yield Case({"text": line}, "positive" if total > 0 else "negative", row)


MEASURES: list[Measure | Special] = [
    Measure(
        theme="Sentiment",
        name="sentences of reviews, positive or negative",
        analysis="text.sentiment",
        files=(SENTENCES,),
        data="UCI Sentiment Labelled Sentences (Kotzias et al. 2015)",
        metric="sign",
        figure="accuracy",
        cases=single(lambda row: row["label"]["sentiment"]),
        found=_score,
        baseline=VADER,
        bar=0.78,
        note=MISSING,
    ),
    Measure(
        theme="Sentiment",
        name="reviews by stars, 4–5 against 1–2",
        analysis="text.sentiment",
        files=(STARS,),
        data="Women's E-Commerce Clothing Reviews",
        metric="sign",
        figure="macro_f1",
        cases=single(_side),
        found=_score,
        baseline=VADER,
        bar=0.72,
        note=f"{MISSING}; stars are not shown to it",
        takes=lambda row: row["label"]["stars"] != 3,
    ),
    Measure(
        theme="Sentiment",
        name="the same reviews, triaged",
        analysis="review.process",
        files=(STARS,),
        data="Women's E-Commerce Clothing Reviews",
        metric="sign",
        figure="macro_f1",
        cases=single(_side),
        found=_score,
        baseline=VADER,
        bar=0.72,
        note=f"{MISSING}; stars are not shown to it",
        takes=lambda row: row["label"]["stars"] != 3,
    ),
    Measure(
        theme="Sentiment",
        name="urgency against stars: the fewer, the more urgent",
        analysis="review.process",
        files=(STARS,),
        data="Women's E-Commerce Clothing Reviews",
        metric="number",
        figure="spearman",
        cases=single(lambda row: -row["label"]["stars"]),
        found=lambda answer: answer.urgency_score,
        baseline=("length of the text", baselines.length),
        note="nobody labelled urgency; stars are not shown to it",
    ),
    Measure(
        theme="Sentiment",
        name="sentences rated −4…4 by 20 people",
        analysis="text.sentiment",
        files=(VALENCE,),
        data="Product review sentences (Hutto & Gilbert 2014)",
        metric="number",
        figure="spearman",
        cases=single(lambda row: row["label"]["mean_valence"]),
        found=_score,
        baseline=("plain VADER", baselines.vader),
    ),
    Measure(
        theme="Sentiment",
        name="sentences of product reviews, by the aspects marked in them",
        analysis="text.sentiment",
        files=(ASPECTS,),
        data=PRODUCTS,
        metric="sign",
        figure="accuracy",
        cases=_marked_sentences,
        found=_score,
        baseline=VADER,
        note=f"{MISSING}; rows are sentences",
    ),
    Measure(
        theme="Sentiment",
        name="parts of products that a review speaks of",
        analysis="text.sentiment",
        files=(ASPECTS,),
        data=PRODUCTS,
        metric="categories",
        figure="micro_f1",
        cases=single(lambda row: sorted(_marked(row))),
        found=lambda answer: [_part(one.aspect) for one in answer.aspects],
        baseline=("the other half's commonest", baselines.known_aspects),
        note="an answer names eight at most",
    ),
    Special("Sentiment", "praised or blamed parts", "text.sentiment", polarity_of_parts),
    Measure(
        theme="Mail",
        name="tone of mail: negative, neutral, positive",
        analysis="email.sentiment",
        files=(MAIL,),
        data="Enron mail with the UC Berkeley labels",
        metric="label",
        figure="macro_f1",
        cases=single(lambda row: row["label"]["derived_sentiment"]),
        found=lambda answer: answer.label,
        baseline=("the commonest label", baselines.commonest),
        note="label computed from the annotators' tone codes",
        takes=lambda row: row["label"]["derived_sentiment"] in ("negative", "neutral", "positive"),
    ),
    Measure(
        theme="Mail",
        name="does a sentence ask, propose or commit",
        analysis="email.blockers",
        files=("emails/email_sentence_intent.jsonl",),
        data="Parakweet Labs email intent",
        metric="presence",
        figure="f1",
        cases=single(lambda row: row["label"]["intent"]),
        found=lambda answer: answer.action_score >= 0.5,
        baseline=("always yes", baselines.always),
        bar=0.70,
    ),
]
