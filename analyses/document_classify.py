"""`document.classify`: whose desk a document belongs on: one of twelve workstreams, and the next best."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Annotated

from pydantic import BeforeValidator, Field

from analyses.base import Analysis, Answer, Factor
from analyses.cleaning import shortened
from analyses.contents import Document
from analyses.fencing import DATA_RULE
from analyses.local.language import ENGLISH, guess_language
from analyses.local.workstreams import LEAST_POINTS, NAMED, OTHER, Pointer, Workstream, pointers
from analyses.trimming import at_most

MOST_FACTORS = 12  # of each workstream that is explained
TERMS_TOLD = 4
SURE_AT, OTHER_LANGUAGE, UNKNOWN = 0.9, 0.4, 0.2
FIRST_PART_COUNTS = 2.0  # it has the title
RUNNER_UP_COUNTS = 0.4


class Classified(Answer):
    """The answer of `document.classify`."""

    workstream: Workstream = Field(description="Whose work the document is, by its subject.")
    runner_up: Workstream = Field(description="The next best; never the same as workstream.")
    reason: Annotated[str, BeforeValidator(at_most(300))] = Field(
        description="One sentence: what in the document decided it, and what spoke for the runner-up."
    )


_SYSTEM = (
    "You sort the documents of a data room for a due diligence. Give each the workstream whose specialist "
    "has to read it first: legal (corporate papers, the deal itself, disputes, contracts of no other "
    "subject), financial (accounts, debt, valuation), tax, commercial (customers, sales, distribution, "
    "marketing, market), operations (supply, production, services, premises, logistics), hr (employment, "
    "pay, pensions, consultants), it (software, hosting, security), ip (patents, marks, licences whose "
    "subject is the right), regulatory (authorities, compliance, permits), environmental, insurance, or "
    "other where none fits. Judge by the subject, not by boilerplate that every contract has: a supply "
    "contract with a tax clause is not tax. Name the runner-up, too. If starts_at_chars is given, the text "
    "is a part of a longer document: judge the document it seems to come from. confidence says how sure you "
    "are, 0 to 1. Answer with JSON of the given schema only. " + DATA_RULE.format(kind="document")
)


class DocumentClassify(Analysis[Document, Classified]):
    """The workstream of a document."""

    name = "document.classify"
    title = "The due-diligence workstream of a document, with the runner-up."
    queue = "documents"
    content = Document
    answer = Classified
    instructions = {1: _SYSTEM}
    expected_output_tokens = 200

    def local(self, content: Document) -> Classified:
        found = _found(content)
        points = _points(found)
        first, second = _two_best(points)
        return Classified(
            workstream=first,
            runner_up=second,
            reason=_reason(first, found.get(first, []), second, found.get(second, [])),
            confidence=_confidence(points, first, second, content.text),
        )

    def explain(self, content: Document) -> list[Factor]:
        found = _found(content)
        factors = []
        for workstream in _two_best(_points(found)):
            met = found.get(workstream, [])
            rest = sum(one.points for one in met[MOST_FACTORS:])
            factors += [
                Factor(workstream, one.term, one.times, one.weight, one.points) for one in met[:MOST_FACTORS]
            ]
            factors += [Factor(workstream, "all other words", rest, 1.0, rest)] if rest else []
        return factors

    def summary(self, answer: Classified) -> dict[str, str]:
        return {
            "workstream": answer.workstream,
            "runner-up": answer.runner_up,
            "why": shortened(answer.reason, 90) or "–",
            "confidence": f"{answer.confidence:.2f}",
        }

    def parts(self, content: Document, most_chars: int) -> list[Document]:
        return content.parts(most_chars)

    def merge(self, content: Document, answers: Sequence[Classified]) -> Classified:
        """The workstream with most votes, each as heavy as its part was sure; the first part counts twice."""
        votes: Counter[Workstream] = Counter()
        for number, one in enumerate(answers):
            weight = one.confidence * (1.0 if number else FIRST_PART_COUNTS)
            votes[one.workstream] += weight  # type: ignore[assignment]
            votes[one.runner_up] += weight * RUNNER_UP_COUNTS  # type: ignore[assignment]
        first, second = _two_best(votes)
        agreeing = [one for one in answers if one.workstream == first]
        share = len(agreeing) / len(answers)
        surest = max(agreeing or answers, key=lambda one: one.confidence)
        return Classified(
            workstream=first,
            runner_up=second,
            reason=surest.reason,
            confidence=round(surest.confidence * share, 2),
        )


def _found(content: Document) -> dict[Workstream, list[Pointer]]:
    name = (content.file_name or "").rsplit(".", 1)[0].replace("_", " ").replace("-", " ")
    return pointers(f"{content.title or ''} . {name}", content.text)


def _points(found: dict[Workstream, list[Pointer]]) -> dict[Workstream, float]:
    points = {workstream: sum(one.points for one in met) for workstream, met in found.items()}
    return {workstream: told for workstream, told in points.items() if told >= LEAST_POINTS}


def _two_best(points: dict[Workstream, float] | Counter[Workstream]) -> tuple[Workstream, Workstream]:
    """The two with most points; other, where there are not so many, and never the same twice."""
    order = {workstream: place for place, workstream in enumerate((*NAMED, OTHER))}
    ranked = sorted(points, key=lambda one: (-points[one], order[one]))
    first, second = (*ranked, OTHER, OTHER)[:2]
    return first, second if second != first else NAMED[0]


def _reason(first: Workstream, its: list[Pointer], second: Workstream, others: list[Pointer]) -> str:
    if first == OTHER:
        return "It holds hardly any word that points to a workstream."
    told = f"Speaks of {', '.join(one.term for one in its[:TERMS_TOLD])}"
    if second == OTHER or not others:
        return f"{told}."
    return f"{told}; for {second} of {', '.join(one.term for one in others[:TERMS_TOLD])}."


def _confidence(points: dict[Workstream, float], first: Workstream, second: Workstream, text: str) -> float:
    """The lead of the first over the second, as a share of both; less where the words are not English."""
    if first == OTHER:
        return UNKNOWN
    mine, next_best = points[first], points.get(second, 0.0)
    trust = 1.0 if guess_language(text) == ENGLISH else OTHER_LANGUAGE
    return round(trust * min(SURE_AT, 0.3 + (mine - next_best) / (mine + next_best)), 2)
