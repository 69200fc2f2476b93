"""The facts of a deal on a day, added up from what its documents and mails were found to say.

Everything here is counting: the same deal gives the same facts, and none is invented. Lists are bounded, the
gravest first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

from analyses.briefing import ActionItem, BriefBlocker, BriefRisk, Change, Mood, Status, WorkstreamStatus
from analyses.cleaning import shortened
from analyses.contents.deal import Deal, DealDocument, DealMail
from analyses.local.clauses import SEVERITIES, Category
from analyses.local.deal_changes import (
    BLOCKER_GRADES,
    TITLE_CHARS,
    alike,
    blocker_changes,
    mood_change,
    risk_changes,
    stage_change,
    status_changes,
)
from analyses.local.workstreams import NAMED, OTHER, Workstream
from analyses.polarity import label_of

MOST_RISKS, MOST_BLOCKERS, MOST_CHANGES, MOST_ACTIONS = 500, 60, 100, 12
BLOCKERS_COMPARED = 600  # of the latest mails; comparing costs the square
# A critical risk, or three high ones, makes a workstream red; a high one, or three medium ones, amber.
STATUS_POINTS = {"low": 0.0, "medium": 1.0, "high": 3.0, "critical": 8.0}
RED_FROM, AMBER_FROM = 8.0, 3.0
MOST_RISK_STEPS = 5
RISKS_ACTED_ON = ("critical", "high")
NEXT_STEP: dict[Category, str] = {
    "change_of_control": "Ask the other side for consent to the change of control",
    "assignment": "Ask for consent to the assignment, or buy the shares instead",
    "restriction": "Have the restriction waived, or price what it keeps the business from",
    "termination": "Agree on a longer notice, or price the loss of the contract",
    "liability": "Negotiate the limit of liability, or cover it by an indemnity",
    "ip": "Have the rights assigned or licensed in writing before closing",
    "commercial": "Model the commercial terms and the loss of the largest payer",
    "deal_certainty": "Make the closing condition concrete and name who sees to it",
    "financial": "Have the figures reconciled by the accountants",
    "tax": "Ask for a tax indemnity and the last assessments",
    "litigation": "Ask counsel for an estimate and have the dispute disclosed",
    "regulatory": "File with the authority, or get its letter of clearance",
    "data_security": "Have the incident examined by a forensic firm and notified where law asks for it",
    "employment": "Sign retention terms with the people the business leans on",
    "environmental": "Commission a site assessment and a provision for clean-up",
    "insurance": "Ask the broker to close the gap in cover",
    "operations": "Ask for a recovery plan with dates",
    "other": "Have it explained and priced",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What the brief of a deal is written from."""

    risks: list[BriefRisk]
    blockers: list[BriefBlocker]
    mood: Mood
    workstreams: list[WorkstreamStatus]
    changes: list[Change]
    action_items: list[ActionItem]


def facts_of(deal: Deal) -> Facts:
    """The facts of `deal` as of its date, and what changed since its previous brief, if there was one."""
    mails = mails_until(deal)
    documents = documents_until(deal)
    risks = _risks(documents)
    blockers = _blockers(mails)
    mood = mood_of(mails)
    workstreams = _workstreams(documents, risks)
    before = deal.previous
    changes = (
        [
            *stage_change(before.stage, deal.stage),
            *risk_changes(before.risks, risks),
            *blocker_changes(before.blockers, blockers),
            *mood_change(before.mood, mood),
            *status_changes(before.workstreams, workstreams),
        ]
        if before
        else []
    )
    actions = _actions(risks, blockers, mails)
    return Facts(risks, blockers, mood, workstreams, changes[:MOST_CHANGES], actions)


def documents_until(deal: Deal) -> list[DealDocument]:
    """The documents by the deal's date, and those of unknown date."""
    return [one for one in deal.documents if _known_by(one.date, deal.date)]


def mails_until(deal: Deal) -> list[DealMail]:
    """The mails by the deal's date, the latest first; those of unknown date last."""
    known = [one for one in deal.emails if _known_by(one.date, deal.date)]
    return sorted(known, key=lambda one: one.date or date.min, reverse=True)


def mood_of(mails: Sequence[DealMail]) -> Mood:
    """The mean score of the mails, its label, and how many of them somebody above should see."""
    if not mails:
        return Mood()
    score = round(sum(one.score for one in mails) / len(mails), 4)
    escalations = sum(one.escalate for one in mails)
    return Mood(label=label_of(score), score=score, mails=len(mails), escalations=escalations)


def status_points(risks: Sequence[BriefRisk]) -> dict[str, int]:
    """How many risks there are of each severity that counts."""
    counts = Counter(one.severity for one in risks)
    return {level: counts[level] for level in SEVERITIES if counts[level] and STATUS_POINTS[level]}


def _known_by(when: date | None, day: date) -> bool:
    return when is None or when <= day


def _risks(documents: Sequence[DealDocument]) -> list[BriefRisk]:
    found = [
        BriefRisk(
            document=document.title,
            workstream=document.workstream,
            category=risk.category,
            clause=risk.clause,
            severity=risk.severity,
            explanation=risk.explanation,
            quote=risk.quote,
        )
        for document in documents
        for risk in document.risks
    ]
    return sorted(found, key=lambda one: -SEVERITIES.index(one.severity))[:MOST_RISKS]


def _blockers(mails: Sequence[DealMail]) -> list[BriefBlocker]:
    """Each blocker once, as the latest mail tells it and as grave as any mail does."""
    told = (
        one.model_copy(update={"source": one.source or mail.subject})
        for mail in mails
        for one in mail.blockers
    )
    found: list[BriefBlocker] = []
    for one in islice(told, BLOCKERS_COMPARED):
        at = next((at for at, other in enumerate(found) if alike(one, other)), None)
        if at is None:
            found.append(one)
        elif BLOCKER_GRADES.index(one.severity) > BLOCKER_GRADES.index(found[at].severity):
            found[at] = found[at].model_copy(update={"severity": one.severity})
    return sorted(found, key=lambda one: -BLOCKER_GRADES.index(one.severity))[:MOST_BLOCKERS]


def _workstreams(documents: Sequence[DealDocument], risks: Sequence[BriefRisk]) -> list[WorkstreamStatus]:
    counts = Counter(one.workstream for one in documents)
    return [
        _status(workstream, counts[workstream], [one for one in risks if one.workstream == workstream])
        for workstream in (*NAMED, OTHER)
        if counts[workstream]
    ]


def _status(workstream: Workstream, documents: int, risks: Sequence[BriefRisk]) -> WorkstreamStatus:
    counts = status_points(risks)
    points = sum(STATUS_POINTS[level] * count for level, count in counts.items())
    status: Status = "red" if points >= RED_FROM else "amber" if points >= AMBER_FROM else "green"
    told = ", ".join(f"{counts[level]} {level}" for level in reversed(SEVERITIES) if level in counts)
    note = f"{documents} document{'s' * (documents > 1)}; risks: {told or 'none that counts'}."
    return WorkstreamStatus(workstream=workstream, status=status, note=note)


def _actions(
    risks: Sequence[BriefRisk], blockers: Sequence[BriefBlocker], mails: Sequence[DealMail]
) -> list[ActionItem]:
    """First what blocks, then mails to be answered today, then the gravest risks, then what mails ask for."""
    items = [
        ActionItem(what=f"Clear the way: {one.what}", owner=one.owner, due=one.due, source=one.source)
        for one in blockers
    ]
    items += [
        ActionItem(what=f"Answer {one.sender or 'the sender'} today: {one.subject}.", source=one.subject)
        for one in mails
        if one.escalate
    ]
    grave = {(one.document, one.category): one for one in reversed(risks) if one.severity in RISKS_ACTED_ON}
    items += [
        ActionItem(
            what=f"{NEXT_STEP[one.category]} ({shortened(one.document, TITLE_CHARS)}).", source=one.document
        )
        for one in list(reversed(grave.values()))[:MOST_RISK_STEPS]
    ]
    items += [
        ActionItem(what=action.what, owner=action.owner, due=action.due, source=mail.subject)
        for mail in mails
        for action in mail.actions
    ]
    distinct = {one.what: one for one in reversed(items)}
    return list(reversed(distinct.values()))[:MOST_ACTIONS]
