"""`document.extract_risks`: what in a document may cost whoever buys or signs, with the words that say so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from analyses.base import Analysis, Answer, Factor
from analyses.cleaning import one_line, shortened
from analyses.contents import Document
from analyses.fencing import DATA_RULE
from analyses.local.clauses import SEVERITIES, WEIGHTS, Category, Clause, Severity, find_clauses
from analyses.local.language import ENGLISH, guess_language
from analyses.local.sections import Outline, outline
from analyses.quoting import verbatim
from analyses.trimming import at_most

MOST_RISKS = 60
QUOTE_CHARS = 1_200  # a clause of a contract is longer than a sentence of a letter
# The finder's macro-F1 on contracts that it was not tuned on is 0.73 (docs/quality.md).
FOUND, NOTHING_FOUND, OTHER_LANGUAGE = 0.6, 0.4, 0.15
FALSE_QUOTE_COST = 0.5  # of the confidence, if every quote is false


class Location(BaseModel):
    """Where a quote stands. The offsets are found by us, in the whole document, and 0 without a quote."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    section: Annotated[str, BeforeValidator(at_most(120))] = Field(
        description="The number and heading of the section it stands in, as written; empty if none."
    )
    start_chars: SkipJsonSchema[int] = 0
    end_chars: SkipJsonSchema[int] = 0


class Risk(BaseModel):
    """One risk and what shows it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    category: Category
    clause: Annotated[str, BeforeValidator(at_most(60))] = Field(
        description="The kind of clause or fact in snake_case, such as change_of_control or data_breach."
    )
    severity: Severity
    explanation: Annotated[str, BeforeValidator(at_most(600))] = Field(
        description="Who may lose what and when, in one or two sentences that a busy reader understands."
    )
    quote: Annotated[str, BeforeValidator(at_most(QUOTE_CHARS))] = Field(
        description="The words of the document that show it, copied letter by letter; empty if it is an "
        "absence."
    )
    location: Location


class Risks(Answer):
    """The answer of `document.extract_risks`."""

    risks: Annotated[list[Risk], BeforeValidator(at_most(MOST_RISKS))] = Field(
        description="Gravest first; at most 60. Empty if there is none."
    )


_SYSTEM = (
    "You are a careful lawyer who reads a document for somebody about to buy the company or to sign. List "
    "its risks: clauses that bind, cost, end or restrict (change of control, assignment, exclusivity, "
    "non-compete, most favoured nation, termination, caps and lacks of caps on liability, ownership and "
    "licences of intellectual property, commitments, audits) and facts that threaten value (litigation, "
    "investigations, debts, doubtful figures, dependence on few customers or people, data breaches, taxes, "
    "environmental damage). Give each its category, its severity for the buyer (low: usual and harmless; "
    "medium: to be negotiated or priced; high: may change the price; critical: may stop the deal), an "
    "explanation that names the consequence, one quote of the decisive sentence copied letter by letter, and "
    "the section it stands in. One risk per clause, none twice, none that the words do not support; "
    "boilerplate without consequence is no risk. If starts_at_chars is given, the text is a part of a longer "
    "document: judge only what it holds. confidence says how sure you are, 0 to 1. Answer with JSON of the "
    "given schema only. " + DATA_RULE.format(kind="document")
)


class DocumentExtractRisks(Analysis[Document, Risks]):
    """Risks of a contract, a report or a memo."""

    name = "document.extract_risks"
    title = "Risks in a document: category, severity, why, the clause itself and where it stands."
    queue = "documents"
    content = Document
    answer = Risks
    instructions = {1: _SYSTEM}
    max_output_tokens = 16_000
    expected_output_tokens = 3_000

    def local(self, content: Document) -> Risks:
        headings = outline(content.text)
        risks = [_risk(clause, content, headings) for clause in find_clauses(content.text)]
        trust = FOUND if risks else NOTHING_FOUND
        known = guess_language(content.text) == ENGLISH
        return Risks(risks=_gravest_first(risks), confidence=trust if known else OTHER_LANGUAGE)

    def explain(self, content: Document) -> list[Factor]:
        factors = []
        for number, clause in enumerate(find_clauses(content.text), start=1):
            score = f"grade of {clause.kind.name} {number}"
            factors.append(Factor(score, "usual grade", 1.0, clause.kind.grade, clause.kind.grade))
            for name in clause.weights:
                factors.append(Factor(score, name, 1.0, WEIGHTS[name][0], WEIGHTS[name][0]))
        return factors

    def summary(self, answer: Risks) -> dict[str, str]:
        counts = {level: sum(one.severity == level for one in answer.risks) for level in SEVERITIES[::-1]}
        told = ", ".join(f"{count} {level}" for level, count in counts.items() if count)
        first = answer.risks[0] if answer.risks else None
        return {
            "risks": f"{len(answer.risks)}: {told}" if first else "none found",
            "gravest": f"{first.clause.replace('_', ' ')} ({first.severity})" if first else "–",
            "where": shortened(first.location.section, 40) or "–" if first else "–",
            "quote": shortened(one_line(first.quote), 90) or "–" if first else "–",
            "confidence": f"{answer.confidence:.2f}",
        }

    def without_false_quotes(self, answer: Risks, content: Document) -> Risks:
        headings = outline(content.text)
        risks = [_located(one, content, headings) for one in answer.risks]
        false = sum(bool(was.quote) and not one.quote for was, one in zip(answer.risks, risks, strict=True))
        cost = FALSE_QUOTE_COST * false / len(risks) if risks else 0.0
        return answer.model_copy(
            update={"risks": risks, "confidence": round(answer.confidence * (1 - cost), 4)}
        )

    def parts(self, content: Document, most_chars: int) -> list[Document]:
        return content.parts(most_chars)

    def merge(self, content: Document, answers: Sequence[Risks]) -> Risks:
        """Every risk once, with its place in the whole; the confidence is the mean over the parts."""
        headings = outline(content.text)
        risks = [_located(one, content, headings) for answer in answers for one in answer.risks]
        confidence = sum(answer.confidence for answer in answers) / len(answers)
        return Risks(risks=_gravest_first(_without_repeats(risks))[:MOST_RISKS], confidence=confidence)


def _risk(clause: Clause, content: Document, headings: Outline) -> Risk:
    start = headings.past(content.text, clause.start, clause.end)
    return Risk(
        category=clause.kind.category,
        clause=clause.kind.name,
        severity=clause.severity,
        explanation=clause.kind.why,
        quote=content.text[start : clause.end],
        location=_location(content, headings, start, clause.end),
    )


def _located(risk: Risk, content: Document, headings: Outline) -> Risk:
    """`risk` with its quote as the content holds it, and where; without the quote if it does not."""
    quote = verbatim(risk.quote, content.text) or ""
    if not quote:
        section = risk.location.section
        return risk.model_copy(update={"quote": "", "location": Location(section=section)})
    place = max(0, risk.location.start_chars - content.offset_chars)
    if not content.text.startswith(quote, place):
        place = content.text.index(quote)
    location = _location(content, headings, place, place + len(quote))
    return risk.model_copy(update={"quote": quote, "location": location})


def _location(content: Document, headings: Outline, start: int, end: int) -> Location:
    offset = content.offset_chars
    return Location(section=headings.at(start), start_chars=offset + start, end_chars=offset + end)


def _gravest_first(risks: Iterable[Risk]) -> list[Risk]:
    return sorted(
        risks, key=lambda one: (-SEVERITIES.index(one.severity), one.location.start_chars, one.clause)
    )


def _without_repeats(risks: Iterable[Risk]) -> list[Risk]:
    """Of risks of one kind that quote the same words, or words that overlap, the gravest."""
    kept: list[Risk] = []
    for one in _gravest_first(risks):
        if not any(_same(one, other) for other in kept):
            kept.append(one)
    return kept


def _same(one: Risk, other: Risk) -> bool:
    if (one.category, one.clause) != (other.category, other.clause):
        return False
    if not one.quote or not other.quote:
        return one.explanation == other.explanation
    overlap = min(one.location.end_chars, other.location.end_chars) - max(
        one.location.start_chars, other.location.start_chars
    )
    return overlap > 0 or one_line(one.quote).lower() == one_line(other.quote).lower()
