"""`document.summarize`: what a document says, in a few sentences, and its key points with their evidence."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from analyses.base import Analysis, Answer, Factor
from analyses.cleaning import one_line, shortened
from analyses.contents import Document
from analyses.fencing import DATA_RULE
from analyses.local.gist import LABEL, MODEL, Told, best, telling
from analyses.local.language import ENGLISH, guess_language
from analyses.local.linear import load
from analyses.local.sections import Outline, outline
from analyses.quoting import verbatim
from analyses.trimming import at_most

SUMMARY_CHARS, POINT_CHARS, QUOTE_CHARS = 2_000, 300, 600
MOST_POINTS = 12
# One sentence sums up an abstract; four a contract. A point for every so many words after that.
SENTENCES_BY_WORDS = ((250, 1), (1_000, 2), (4_000, 3))
MOST_SENTENCES = 4
WORDS_PER_POINT, FEWEST_POINTS, MOST_LOCAL_POINTS = 120, 2, 8
# Held out, the chosen sentence has 0.28 ROUGE-L with human summaries where the best there is has 0.38.
ENGLISH_TRUST, OTHER_TRUST, NO_SENTENCE = 0.5, 0.25, 0.1
FALSE_QUOTE_COST = 0.5  # of the confidence, if every quote is false
MERGED_TRUST = 0.9  # nobody has read the whole at once


class KeyPoint(BaseModel):
    """One thing a reader must know, and the words that say it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    point: Annotated[str, BeforeValidator(at_most(POINT_CHARS))] = Field(
        description="The point in one plain sentence, with its figures, names and dates."
    )
    quote: Annotated[str, BeforeValidator(at_most(QUOTE_CHARS))] = Field(
        description="The words of the document that say it, copied letter by letter; one sentence at most."
    )
    section: Annotated[str, BeforeValidator(at_most(120))] = Field(
        description="The number and heading of the section it stands in, as written; empty if none."
    )


class DocumentSummary(Answer):
    """The answer of `document.summarize`."""

    summary: Annotated[str, BeforeValidator(at_most(SUMMARY_CHARS))] = Field(
        description="Two to six sentences that stand by themselves: what it is, who, what for, what follows."
    )
    key_points: Annotated[list[KeyPoint], BeforeValidator(at_most(MOST_POINTS))] = Field(
        description="What somebody who decides must know, weightiest first; at most 12."
    )


_SYSTEM = (
    "You sum up a document for somebody who will decide on it and has two minutes. In summary say what kind "
    "of document it is, between or by whom, what it does and what follows from it, in two to six plain "
    "sentences that stand by themselves. In key_points list what they must know: obligations, amounts, "
    "dates, conditions, findings, decisions, surprises; weightiest first, each with one quote copied letter "
    "by letter and its section. Add nothing that the document does not say, no advice and no praise; say "
    "what is open or contradictory as such. If starts_at_chars is given, the text is a part of a longer "
    "document: sum up what it holds and do not guess at the rest. confidence says how sure you are, 0 to 1. "
    "Write in the document's language. Answer with JSON of the given schema only. "
    + DATA_RULE.format(kind="document")
)


class DocumentSummarize(Analysis[Document, DocumentSummary]):
    """Summary and key points of a document."""

    name = "document.summarize"
    title = "A summary of a document, and its key points with the sentences that say them."
    queue = "documents"
    content = Document
    answer = DocumentSummary
    instructions = {1: _SYSTEM}
    max_output_tokens = 8_000
    expected_output_tokens = 1_200

    def local(self, content: Document) -> DocumentSummary:
        ranked = _ranked(content)
        if not ranked:
            told = shortened(one_line(content.text[:SUMMARY_CHARS]), POINT_CHARS)
            return DocumentSummary(summary=told, key_points=[], confidence=NO_SENTENCE)
        headings = outline(content.text)
        words = len(content.text.split())
        known = guess_language(content.text) == ENGLISH
        return DocumentSummary(
            summary=_in_order(ranked[: _sentence_count(words)]),
            key_points=[_point(one, content, headings) for one in ranked[: _point_count(words)]],
            confidence=ENGLISH_TRUST if known else OTHER_TRUST,
        )

    def explain(self, content: Document) -> list[Factor]:
        model = load(MODEL)
        return [
            Factor(f"sentence {number}", name, value, weight, value * weight)
            for number, one in enumerate(_ranked(content), start=1)
            for name, (value, weight) in model.contributions(one.features, LABEL).items()
        ]

    def summary(self, answer: DocumentSummary) -> dict[str, str]:
        first = answer.key_points[0] if answer.key_points else None
        return {
            "summary": shortened(one_line(answer.summary), 100) or "–",
            "key points": str(len(answer.key_points)),
            "first": shortened(one_line(first.point), 80) or "–" if first else "–",
            "confidence": f"{answer.confidence:.2f}",
        }

    def without_false_quotes(self, answer: DocumentSummary, content: Document) -> DocumentSummary:
        points = [
            one.model_copy(update={"quote": verbatim(one.quote, content.text) or ""})
            for one in answer.key_points
        ]
        false = sum(
            bool(was.quote) and not one.quote for was, one in zip(answer.key_points, points, strict=True)
        )
        cost = FALSE_QUOTE_COST * false / len(points) if points else 0.0
        return answer.model_copy(
            update={"key_points": points, "confidence": round(answer.confidence * (1 - cost), 4)}
        )

    def parts(self, content: Document, most_chars: int) -> list[Document]:
        return content.parts(most_chars)

    def merge(self, content: Document, answers: Sequence[DocumentSummary]) -> DocumentSummary:
        """The parts' summaries one after the other; where that is long, their most telling sentences.

        The key points are the first of every part, then the second of every part, and so on. No word is new,
        so nothing is said of the whole that no part says; the confidence is a little under the parts' mean.
        """
        told = "\n".join(answer.summary for answer in answers)
        ranks = zip_longest(*(answer.key_points for answer in answers))
        points = {one.point: one for rank in ranks for one in rank if one is not None}
        return DocumentSummary(
            summary=told if len(told) <= SUMMARY_CHARS else _condensed(content.title or "", told),
            key_points=list(points.values())[:MOST_POINTS],
            confidence=round(MERGED_TRUST * sum(one.confidence for one in answers) / len(answers), 4),
        )


def _ranked(content: Document) -> list[Told]:
    """As many of the best sentences as are wanted, best first."""
    words = len(content.text.split())
    most = max(_point_count(words), _sentence_count(words))
    return best(telling(content.title or "", content.text), most)


def _sentence_count(words: int) -> int:
    return next((count for below, count in SENTENCES_BY_WORDS if words < below), MOST_SENTENCES)


def _point_count(words: int) -> int:
    return max(FEWEST_POINTS, min(MOST_LOCAL_POINTS, words // WORDS_PER_POINT))


def _in_order(chosen: Sequence[Told]) -> str:
    told = " ".join(one.text for one in sorted(chosen, key=lambda one: one.start))
    return shortened(told, SUMMARY_CHARS)


def _point(one: Told, content: Document, headings: Outline) -> KeyPoint:
    return KeyPoint(
        point=shortened(one.text, POINT_CHARS),
        quote=content.text[one.start : one.end][:QUOTE_CHARS],
        section=headings.at(one.start),
    )


def _condensed(title: str, told: str) -> str:
    """The most telling sentences of the parts' summaries, in their order, within the bound."""
    chosen: list[Told] = []
    room = SUMMARY_CHARS
    found = telling(title, told)
    for one in best(found, len(found)):
        if len(one.text) < room:
            chosen.append(one)
            room -= len(one.text) + 1
    return _in_order(chosen) if chosen else shortened(told, SUMMARY_CHARS)
