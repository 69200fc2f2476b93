"""`tool.analyze`: what a tool is good for, what it is not, and how mature it is, by its own description."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from analyses.base import Analysis, Answer, Factor
from analyses.cleaning import shortened
from analyses.contents import Tool
from analyses.fencing import DATA_RULE
from analyses.local import maturity, toolkit
from analyses.local.language import ENGLISH, guess_language
from analyses.quoting import Quote, verbatim
from analyses.trimming import at_most

MOST_POINTS, MOST_USES = 6, 6
ENOUGH_WORDS = 200  # a description of so many words tells the local analyser all that it will learn


class Trait(BaseModel):
    """A strength or a limitation, with the words that show it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    point: Annotated[str, BeforeValidator(at_most(240))] = Field(description="In one sentence.")
    quote: Quote


class ToolAnalysis(Answer):
    """The answer of `tool.analyze`."""

    strengths: Annotated[list[Trait], BeforeValidator(at_most(MOST_POINTS))] = Field(
        description="What speaks for it, most important first; at most 6."
    )
    limitations: Annotated[list[Trait], BeforeValidator(at_most(MOST_POINTS))] = Field(
        description="What it does not do or admits; what it leaves open has an empty quote; at most 6."
    )
    use_cases: Annotated[list[str], BeforeValidator(at_most(MOST_USES))] = Field(
        description="What somebody would use it for, a few words each; at most 6."
    )
    maturity_score: float = Field(
        ge=0,
        le=1,
        description="0 planned or given up, 0.3 experimental, 0.6 in use by some, 1 established for years.",
    )
    summary: Annotated[str, BeforeValidator(at_most(800))] = Field(
        description="What it is and for whom, in two plain sentences without praise."
    )


_SYSTEM = (
    "You assess a tool for a team that may come to depend on it, from its description alone. Take claims "
    "for what they are: a strength is something the tool can do or is, not that it is called "
    "revolutionary. Limitations are what the description admits, what follows from it (platforms, "
    "dependencies, cost, lock-in), and what a careful buyer would miss in it: price, licence, who "
    "maintains it, security. Quote the words that show a point letter by letter, and leave the quote "
    "empty where the point is that nothing is said. Use cases are concrete tasks, not audiences. "
    "maturity_score: 0 planned or given up, 0.3 experimental, 0.6 in use by some, 1 established for "
    "years; judge by releases, users, documentation, guarantees and warnings in the description, and do "
    "not use what you may remember of the tool. confidence says how sure you are, 0 to 1; a line of "
    "advertising supports little. Write in English and leave quotes as they are. Answer with JSON of the "
    "given schema only. " + DATA_RULE.format(kind="tool description")
)


class ToolAnalyze(Analysis[Tool, ToolAnalysis]):
    """Strengths, limits, uses and maturity of a tool."""

    name = "tool.analyze"
    title = "A tool's strengths, limitations, use cases and maturity, by its description."
    content = Tool
    answer = ToolAnalysis
    instructions = {1: _SYSTEM}

    def local(self, content: Tool) -> ToolAnalysis:
        features = maturity.features_of(content.name, content.description)
        return ToolAnalysis(
            strengths=_traits(toolkit.strengths(content.description, MOST_POINTS), content),
            limitations=_traits(toolkit.limits(content.description, MOST_POINTS), content),
            use_cases=[one.text for one in toolkit.uses(content.description, MOST_USES)],
            maturity_score=round(maturity.maturity(features, content.description), 4),
            summary=toolkit.summary(content.name, content.description),
            confidence=_confidence(content),
        )

    def explain(self, content: Tool) -> list[Factor]:
        features = maturity.features_of(content.name, content.description)
        known = maturity.model().contributions(features, maturity.LABEL)
        factors = [
            Factor("maturity_score", name, value, weight, value * weight)
            for name, (value, weight) in known.items()
        ]
        lost = maturity.maturity(features, content.description) - sum(one.contribution for one in factors)
        given_up = maturity.says_given_up(content.description) and lost < 0
        return [
            *factors,
            *([Factor("maturity_score", "said to be given up", 1.0, lost, lost)] if given_up else []),
        ]

    def summary(self, answer: ToolAnalysis) -> dict[str, str]:
        return {
            "maturity": f"{answer.maturity_score:.2f}",
            "what it is": shortened(answer.summary, 100),
            "for": shortened(answer.strengths[0].point, 80) if answer.strengths else "–",
            "against": shortened(answer.limitations[0].point, 80) if answer.limitations else "–",
            "use cases": shortened("; ".join(answer.use_cases), 80) or "–",
        }

    def without_false_quotes(self, answer: ToolAnalysis, content: Tool) -> ToolAnalysis:
        return answer.model_copy(
            update={
                field: [one.model_copy(update={"quote": _true(one.quote, content)}) for one in traits]
                for field, traits in (("strengths", answer.strengths), ("limitations", answer.limitations))
            }
        )


def _true(quote: str, content: Tool) -> str:
    return verbatim(quote, content.description, content.name) or ""


def _traits(points: list[toolkit.Point], content: Tool) -> list[Trait]:
    return [Trait(point=one.text, quote=_true(one.quote, content)) for one in points]


def _confidence(content: Tool) -> float:
    """0.2 for a line to 0.55 for a full description; the word lists are English, so half elsewhere."""
    length = min(1.0, len(content.description.split()) / ENOUGH_WORDS)
    trust = 1.0 if guess_language(content.description) == ENGLISH else 0.5
    return round((0.2 + 0.35 * length) * trust, 2)
