"""`deal.brief`: how a deal stands on a day, and what is not as it was in the last brief.

The facts (risks, blockers, mood, status, changes) are counted by us whoever writes the brief, so that none
can be made up and tomorrow's comparison is exact; a model writes the headline, the notes and what to do next.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import BeforeValidator, Field
from pydantic.json_schema import SkipJsonSchema

from analyses.base import Analysis, Answer, Factor, Prompt
from analyses.briefing import ActionItem, BriefBlocker, BriefRisk, Change, Mood, WorkstreamStatus
from analyses.cleaning import shortened
from analyses.contents.deal import Deal
from analyses.fencing import DATA_RULE, fenced
from analyses.local.clauses import SEVERITIES
from analyses.local.deal_changes import risk_named
from analyses.local.deal_facts import (
    MOST_ACTIONS,
    STATUS_POINTS,
    Facts,
    facts_of,
    mails_until,
    status_points,
)
from analyses.local.deal_told import told
from analyses.trimming import at_most

HEADLINE_CHARS, TOLD_CHARS = 200, 1_200
MOST_WORKSTREAMS = 12
BOTH_KNOWN, ONE_KNOWN, NOTHING_KNOWN = 0.6, 0.5, 0.2
CHANGES_TOLD = 8


class Brief(Answer):
    """The answer of `deal.brief`. What is left out of the schema for models is filled in from the facts."""

    headline: Annotated[str, BeforeValidator(at_most(HEADLINE_CHARS))] = Field(
        description="The one sentence that somebody who reads nothing else must know; at most 200 characters."
    )
    what_changed: Annotated[str, BeforeValidator(at_most(TOLD_CHARS))] = Field(
        description="The changes since the last brief in two to five sentences, weightiest first; that it is "
        "the first brief, or that nothing changed, where that is so."
    )
    changes: SkipJsonSchema[list[Change]] = Field(default_factory=list)
    risks: SkipJsonSchema[list[BriefRisk]] = Field(default_factory=list)
    blockers: SkipJsonSchema[list[BriefBlocker]] = Field(default_factory=list)
    mood: SkipJsonSchema[Mood] = Mood()
    workstreams: Annotated[list[WorkstreamStatus], BeforeValidator(at_most(MOST_WORKSTREAMS))] = Field(
        description="Each workstream that is given, once, with its status and why."
    )
    action_items: Annotated[list[ActionItem], BeforeValidator(at_most(MOST_ACTIONS))] = Field(
        description="What should happen next, most urgent first; at most 12, each with its source."
    )
    date: SkipJsonSchema[str] = ""
    stage: SkipJsonSchema[str | None] = None


_SYSTEM = (
    "You write the daily brief of a deal for the person who leads it. The data are facts that were gathered "
    "and counted for you: the changes since the last brief, risks by document, blockers and mood from "
    "mails, status by workstream, summaries of documents. In headline say the one thing they must know "
    "today. In what_changed tell the changes, weightiest first, as they are listed under changes and no "
    "others; if previous_headline is missing, say that it is the first brief. For each workstream given "
    "keep its status (green: nothing to fear; amber: to be watched; red: may stop the deal) and say why in "
    "a note. List the action items, most urgent first, each with the source it follows from, owner and date "
    "only where the data name them. Be calm and concrete, no praise, no padding, nothing that is not in the "
    "data. confidence says how sure you are, 0 to 1. Answer with JSON of the given schema only. "
    + DATA_RULE.format(kind="deal")
)


class DealBrief(Analysis[Deal, Brief]):
    """The brief of a deal on a day."""

    name = "deal.brief"
    title = "How a deal stands: headline, changes, risks, blockers, mood, status, next steps."
    queue = "briefs"
    content = Deal
    answer = Brief
    instructions = {1: _SYSTEM}
    max_output_tokens = 8_000
    expected_output_tokens = 1_500

    def prompt(self, content: Deal, version: int | None = None) -> Prompt:
        return Prompt(self.instructions_of(version), fenced(told(content)), self.max_output_tokens)

    def local(self, content: Deal) -> Brief:
        facts = facts_of(content)
        brief = Brief(
            headline=_headline(content, facts),
            what_changed=_what_changed(content, facts.changes),
            workstreams=facts.workstreams,
            action_items=facts.action_items,
            confidence=_confidence(content),
        )
        return _with_facts(brief, content, facts)

    def explain(self, content: Deal) -> list[Factor]:
        """The mood by mail, and each workstream's points towards amber (3) and red (8)."""
        mails = mails_until(content)
        share = 1 / len(mails) if mails else 0.0
        factors = [
            Factor("mood", f"mail {number}", one.score, share, one.score * share)
            for number, one in enumerate(mails, start=1)
        ]
        facts = facts_of(content)
        for one in facts.workstreams:
            risks = [risk for risk in facts.risks if risk.workstream == one.workstream]
            for level, count in status_points(risks).items():
                points = STATUS_POINTS[level]
                factors.append(Factor(one.workstream, f"{level} risks", count, points, count * points))
        return factors

    def summary(self, answer: Brief) -> dict[str, str]:
        status = [f"{one.workstream} {one.status}" for one in answer.workstreams if one.status != "green"]
        return {
            "headline": shortened(answer.headline, 100) or "–",
            "changes": shortened(answer.what_changed, 80) or "–",
            "status": shortened(", ".join(status), 60) or "all green",
            "mood": f"{answer.mood.label} {answer.mood.score:+.2f}",
            "next": shortened(answer.action_items[0].what, 80) if answer.action_items else "–",
        }

    def without_false_quotes(self, answer: Brief, content: Deal) -> Brief:
        """`answer` with the facts as they are, and no source that the deal does not have."""
        sources = {one.title for one in content.documents} | {one.subject for one in content.emails}
        items = [
            one if one.source in sources else one.model_copy(update={"source": ""})
            for one in answer.action_items
        ]
        facts = facts_of(content)
        notes = {one.workstream: one.note for one in answer.workstreams if one.note}
        workstreams = [
            one.model_copy(update={"note": notes.get(one.workstream, one.note)}) for one in facts.workstreams
        ]
        told = {"action_items": items, "workstreams": workstreams}
        return _with_facts(answer.model_copy(update=told), content, facts)


def _with_facts(brief: Brief, deal: Deal, facts: Facts) -> Brief:
    return brief.model_copy(
        update={
            "changes": facts.changes,
            "risks": facts.risks,
            "blockers": facts.blockers,
            "mood": facts.mood,
            "date": deal.date.isoformat(),
            "stage": deal.stage,
        }
    )


def _headline(deal: Deal, facts: Facts) -> str:
    """The gravest thing first: a critical risk, what blocks, a high risk, or that all is well."""
    worst = facts.risks[0] if facts.risks else None
    said = []
    if worst and worst.severity in SEVERITIES[2:]:
        said.append(risk_named(worst))
    if facts.blockers:
        more = f" and {len(facts.blockers) - 1} more" if len(facts.blockers) > 1 else ""
        said.append(f"blocked: {shortened(facts.blockers[0].what, 70)}{more}")
    if worst and not said:
        said.append(f"no grave risk; the worst is {risk_named(worst)}")
    if not said:
        said.append("no risk and no blocker is known")
    if facts.mood.mails:
        said.append(f"mood {facts.mood.label}")
    return shortened(f"{deal.name}: {'; '.join(said)}.", HEADLINE_CHARS)


def _what_changed(deal: Deal, changes: Sequence[Change]) -> str:
    if deal.previous is None:
        return "This is the first brief."
    since = f" since {deal.previous.date.isoformat()}" if deal.previous.date else " since the last brief"
    if not changes:
        return f"Nothing changed{since}."
    told = "; ".join(f"{one.kind.replace('_', ' ')}: {one.what}" for one in changes[:CHANGES_TOLD])
    more = len(changes) - CHANGES_TOLD
    return shortened(f"{told}{f'; and {more} more' if more > 0 else ''}.", TOLD_CHARS)


def _confidence(deal: Deal) -> float:
    """As sure as what it adds up: less where documents or mails are missing from the picture."""
    known = bool(deal.documents) + bool(deal.emails)
    return (NOTHING_KNOWN, ONE_KNOWN, BOTH_KNOWN)[known]
