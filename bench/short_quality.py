"""How good the offline analysers of reviews, mail, reflections, prompts and tools are; see local_quality."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from statistics import fmean

from analyses.evaluation.labels import accuracy, macro_f1, quality
from analyses.evaluation.ranking import auc, spearman
from analyses.local.aspects import find_aspects, parts_named
from analyses.local.words import lowers
from analyses.polarity import feeling_of
from analyses.training.maturity import STAGES
from bench.labelled import Figure, Row, answered, parts

STARS = "reviews/clothing_reviews_stars.jsonl"
ASPECTS = "reviews/product_reviews_aspects.jsonl"
INTENT = "emails/email_sentence_intent.jsonl"
TONE = "emails/enron_labelled.jsonl"
TYPES = "reflections/reflective_journal_sentences.jsonl"
DISTRESS = "reflections/reactions_empathy_distress.jsonl"
ASKED_FROM = 0.5


def stars() -> Iterator[Figure]:
    for part, some in parts(STARS):
        polar = [row for row in some if row["label"]["stars"] != 3]
        for analysis in ("text.sentiment", "review.process"):
            pairs = [(row["label"]["sentiment"], _sign(answered(analysis, row).score)) for row in polar]
            note = "4–5 against 1–2 stars, the stars not shown; by sign"
            yield Figure(analysis, f"macro F1, clothing reviews, {part}", len(pairs), macro_f1(pairs), note)


def aspects() -> Iterator[Figure]:
    """Found aspects against Hu & Liu's, both by the known part they name, else by their last word."""
    for part, some in parts(ASPECTS):
        pairs = [(_gold_aspects(row), _found_aspects(row)) for row in some]
        right = sum(len(gold.keys() & found.keys()) for gold, found in pairs)
        told = quality(right, sum(len(found) for _, found in pairs), sum(len(gold) for gold, _ in pairs))
        for name, value in (("precision", told.precision), ("recall", told.recall), ("F1", told.f1)):
            yield Figure("text.sentiment", f"{name} of aspects, Hu & Liu, {part}", len(some), value, "")
        signs = [
            (_sign(gold[name]), _sign(found[name]))
            for gold, found in pairs
            for name in gold.keys() & found.keys()
            if gold[name]
        ]
        yield Figure(
            "text.sentiment", f"polarity of aspects found, {part}", len(signs), accuracy(signs), "accuracy"
        )


def intent() -> Iterator[Figure]:
    for part, some in parts(INTENT):
        scored = [(row["label"]["intent"], answered("email.blockers", row).action_score) for row in some]
        found = [(gold, score >= ASKED_FROM) for gold, score in scored]
        right = sum(gold and said for gold, said in found)
        told = quality(right, sum(said for _, said in found), sum(gold for gold, _ in found))
        yield Figure("email.blockers", f"F1 of intent, mail sentences, {part}", len(some), told.f1, "")
        sides = [s for gold, s in scored if gold], [s for gold, s in scored if not gold]
        yield Figure("email.blockers", f"AUC of intent, mail sentences, {part}", len(some), auc(*sides), "")


def tone() -> Iterator[Figure]:
    for part, some in parts(TONE):
        told = [row for row in some if row["label"]["derived_sentiment"] != "mixed"]
        pairs = [(row["label"]["derived_sentiment"], answered("email.sentiment", row).label) for row in told]
        note = "sentiment derived from tones that people voted for"
        yield Figure("email.sentiment", f"macro F1, Enron mail, {part}", len(told), macro_f1(pairs), note)
        yield Figure("email.sentiment", f"accuracy, Enron mail, {part}", len(told), accuracy(pairs), note)


def reflections() -> Iterator[Figure]:
    for part, some in parts(TYPES):
        pairs = [
            (row["label"]["reflection_type"].lower(), answered("reflection.process", row).mainly)
            for row in some
        ]
        yield Figure(
            "reflection.process", f"macro F1, nine kinds of passage, {part}", len(some), macro_f1(pairs), ""
        )
    _, some = next(parts(DISTRESS))
    scores = [-answered("reflection.process", row).score for row in some]
    together = spearman([row["label"]["distress"] for row in some], scores)
    yield Figure(
        "reflection.process", "Spearman of blackness with distress", len(some), together, "not tuned on"
    )


def prompts() -> Iterator[Figure]:
    attacks, plain = dict(parts("prompts/injections.jsonl")), dict(parts("prompts/prompts.jsonl"))
    for part, some in attacks.items():
        unsafe = [10 - answered("prompt.analyze", row).safety_score for row in some]
        safe = [10 - answered("prompt.analyze", row).safety_score for row in plain[part]]
        note = "half of the attacks are harmless requests"
        yield Figure(
            "prompt.analyze",
            f"AUC, attacks above prompts, {part}",
            len(unsafe + safe),
            auc(unsafe, safe),
            note,
        )


def maturity() -> Iterator[Figure]:
    pooled: dict[str, list[tuple[float, float]]] = {}
    for file, stages in STAGES.items():
        for part, some in parts(file):
            told = [row for row in some if row["label"]["maturity"] in stages]
            pairs = [
                (stages[r["label"]["maturity"]], answered("tool.analyze", r).maturity_score) for r in told
            ]
            pooled.setdefault(part, []).extend(pairs)
            name = file.rpartition("/")[2].split("_")[0]
            yield _maturity(f"{name}, {part}", pairs)
    for part, pairs in pooled.items():
        yield _maturity(f"both, {part}", pairs)


def _maturity(name: str, pairs: list[tuple[float, float]]) -> Figure:
    together = spearman([gold for gold, _ in pairs], [found for _, found in pairs])
    return Figure("tool.analyze", f"Spearman, maturity, {name}", len(pairs), together, "")


def mean_issues() -> Iterator[Figure]:
    """A sanity check: worse stars, more issues and more haste."""
    _, some = next(parts(STARS))
    for low, high in ((1, 2), (3, 3), (4, 5)):
        told = [answered("review.process", row) for row in some if low <= row["label"]["stars"] <= high]
        name, count = f"{low}–{high} stars", len(told)
        issues, urgency = fmean(len(one.issues) for one in told), fmean(one.urgency_score for one in told)
        yield Figure("review.process", f"issues found, {name}", count, issues, "mean")
        yield Figure("review.process", f"urgency, {name}", count, urgency, "mean")


def _sign(score: float) -> str:
    return "positive" if score > 0 else "negative" if score < 0 else "undecided"


def _name(aspect: str) -> str:
    words = lowers(aspect)
    return next(iter(parts_named(words)), words[-1].rstrip("s") if words else "")


def _gold_aspects(row: Row) -> dict[str, float]:
    sums: dict[str, float] = {}
    for aspects_of_line in row["label"]["sentence_aspects"].values():
        for aspect, score in aspects_of_line:
            sums[_name(aspect)] = sums.get(_name(aspect), 0.0) + score
    return sums


def _found_aspects(row: Row) -> dict[str, float]:
    return {_name(one.name): one.score for one in find_aspects(feeling_of(row["text"], row["title"]).scored)}


MEASURES: list[Callable[[], Iterator[Figure]]] = [
    stars,
    aspects,
    mean_issues,
    intent,
    tone,
    reflections,
    prompts,
    maturity,
]
