"""What a model is told of a deal: its facts, and a line for each of the latest documents and mails."""

from __future__ import annotations

from analyses.briefing import BriefBlocker, BriefRisk, Change, Piece, WorkstreamStatus
from analyses.cleaning import one_line, shortened
from analyses.contents.deal import Deal, DealAction
from analyses.local.deal_facts import documents_until, facts_of, mails_until

# What a prompt holds at most: bounded here, so that no deal is too long for a model.
RISKS_SENT, DOCUMENTS_SENT, MAILS_SENT, ASKED_SENT = 60, 60, 60, 40
SUMMARY_SENT_CHARS, NOTES_SENT_CHARS = 400, 4_000


class Told(Piece):
    """What a model is told of a deal."""

    name: str
    date: str
    stage: str | None
    notes: str | None
    previous_date: str | None
    previous_headline: str | None
    changes: list[Change]
    mood: str
    workstreams: list[WorkstreamStatus]
    blockers: list[BriefBlocker]
    risks: list[BriefRisk]
    documents: list[str]
    mails: list[str]
    asked_in_mails: list[DealAction]


def told(deal: Deal) -> Told:
    """The facts of `deal`, with its documents and mails in a line each; bounded whatever its size."""
    facts, before, mails = facts_of(deal), deal.previous, mails_until(deal)
    return Told(
        name=deal.name,
        date=deal.date.isoformat(),
        stage=deal.stage,
        notes=shortened(deal.notes, NOTES_SENT_CHARS) or None,
        previous_date=before.date.isoformat() if before and before.date else None,
        previous_headline=(before.headline or "there was one") if before else None,
        changes=facts.changes,
        mood=str(facts.mood),
        workstreams=facts.workstreams,
        blockers=facts.blockers,
        risks=facts.risks[:RISKS_SENT],
        documents=[
            f"\n{one_line(one.title)} ({one.workstream}): "
            f"{shortened(one_line(one.summary), SUMMARY_SENT_CHARS)}"
            for one in documents_until(deal)[-DOCUMENTS_SENT:]
        ],
        mails=[
            f"\n{one.date or 'no date'}, {one_line(one.sender or 'somebody')}: {one_line(one.subject)} "
            f"({one.label} {one.score:+.2f})"
            for one in mails[:MAILS_SENT]
        ],
        asked_in_mails=[action for one in mails for action in one.actions][:ASKED_SENT],
    )
