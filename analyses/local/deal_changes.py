"""What is not as it was: the risks, blockers, mood, stage and status of a deal against the brief before.

Two risks are one if they quote the same words of the same document under the same kind of clause, and else if
they are the next of that kind there (an amended clause). Two blockers are one if they say the same, or share
most of their words. Nothing is both new and resolved.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import TypeVar, get_args

from analyses.briefing import BriefBlocker, BriefRisk, Change, ChangeKind, Mood, Status, WorkstreamStatus
from analyses.cleaning import one_line, shortened
from analyses.lexicons import words as listed
from analyses.local.blocking import Severity as BlockerSeverity
from analyses.local.clauses import SEVERITIES
from analyses.local.words import lowers

MOOD_SHIFT = 0.15  # of the mean score; less is noise of a few mails
TITLE_CHARS = 50  # of a document's title, where a risk is named
SAME_WORDS = 0.5  # share of the words of either blocker
BLOCKER_GRADES: tuple[BlockerSeverity, ...] = get_args(BlockerSeverity)
STATUSES: tuple[Status, ...] = get_args(Status)

_MARK = re.compile(r"\[[A-Z_]+_\d+\]")

Item = TypeVar("Item", BriefRisk, BriefBlocker)
Pairs = list[tuple[Item | None, Item | None]]  # as it was, as it is


def paired_risks(before: Sequence[BriefRisk], now: Sequence[BriefRisk]) -> Pairs[BriefRisk]:
    """Each risk of then beside the same one of now; None where there is none."""
    return _paired(before, now, [_risk_words, _risk_kind])


def paired_blockers(before: Sequence[BriefBlocker], now: Sequence[BriefBlocker]) -> Pairs[BriefBlocker]:
    """Each blocker of then beside the same one of now."""
    exact = _paired(before, now, [lambda one: _plain(one.what)])
    gone = [was for was, one in exact if was is not None and one is None]
    new = [one for was, one in exact if was is None and one is not None]
    pairs: Pairs[BriefBlocker] = [pair for pair in exact if pair[0] is not None and pair[1] is not None]
    for was in gone:
        match = next((one for one in new if alike(was, one)), None)
        pairs.append((was, match))
        new = [one for one in new if one is not match]
    return pairs + [(None, one) for one in new]


def alike(one: BriefBlocker, other: BriefBlocker) -> bool:
    """True where two blockers share at least half of all their telling words."""
    mine, others = _telling(one.what), _telling(other.what)
    union = mine | others
    return bool(union) and len(mine & others) >= SAME_WORDS * len(union)


def risk_changes(before: Sequence[BriefRisk], now: Sequence[BriefRisk]) -> list[Change]:
    """New, worsened, eased and resolved risks, in this order."""
    return _changes(paired_risks(before, now), "risk", lambda one: SEVERITIES.index(one.severity), risk_named)


def blocker_changes(before: Sequence[BriefBlocker], now: Sequence[BriefBlocker]) -> list[Change]:
    """New, worsened, eased and resolved blockers, in this order."""
    return _changes(
        paired_blockers(before, now),
        "blocker",
        lambda one: BLOCKER_GRADES.index(one.severity),
        lambda one: one.what,
    )


def mood_change(before: Mood, now: Mood) -> list[Change]:
    """A change of the mean score by 0.15 and more, or of its label; nothing where either had no mails."""
    shift = now.score - before.score
    if not before.mails or not now.mails or (abs(shift) < MOOD_SHIFT and before.label == now.label):
        return []
    way = "better" if shift > 0 else "worse"
    told = f"{way}: {before.label} {before.score:+.2f} → {now.label} {now.score:+.2f}"
    return [Change(kind="mood", what=told)]


def stage_change(before: str | None, now: str | None) -> list[Change]:
    if before == now or now is None:
        return []
    return [Change(kind="stage", what=f"{before or 'not known'} → {now}")]


def status_changes(before: Sequence[WorkstreamStatus], now: Sequence[WorkstreamStatus]) -> list[Change]:
    """Workstreams whose status is another; a new one counts from green."""
    was = {one.workstream: one.status for one in before}
    return [
        Change(kind="status", what=f"{one.workstream}: {old} → {one.status}")
        for one in now
        if (old := was.get(one.workstream, "green")) != one.status
    ]


def risk_named(risk: BriefRisk) -> str:
    """A risk in a few words: what, how grave, where."""
    kind = (risk.clause or risk.category).replace("_", " ")
    return f"{kind} ({risk.severity}) in {shortened(risk.document, TITLE_CHARS) or 'a document'}"


def _paired(
    before: Sequence[Item], now: Sequence[Item], keys: Sequence[Callable[[Item], Hashable]]
) -> Pairs[Item]:
    """Pairs by the first key, what is left by the second, and so on; what is left over stands alone."""
    pairs: Pairs[Item] = []
    left: list[Item] = list(before)
    new: list[Item] = list(now)
    for key in keys:
        waiting: dict[Hashable, deque[Item]] = {}
        for one in new:
            waiting.setdefault(key(one), deque()).append(one)
        unmatched: list[Item] = []
        for was in left:
            same = waiting.get(key(was))
            if same:
                pairs.append((was, same.popleft()))
            else:
                unmatched.append(was)
        left, new = unmatched, [one for ones in waiting.values() for one in ones]
    pairs.extend((was, None) for was in left)
    pairs.extend((None, one) for one in new)
    return pairs


def _changes(
    pairs: Pairs[Item], thing: str, grade: Callable[[Item], int], named: Callable[[Item], str]
) -> list[Change]:
    told: dict[str, list[Change]] = {"new": [], "worsened": [], "eased": [], "resolved": []}
    for how, item, was in _moved(pairs, grade):
        what = f"{named(item)}, was {was.severity}" if was is not None else named(item)
        told[how].append(Change(kind=_kind(how, thing), what=what))
    return [change for changes in told.values() for change in changes]


def _moved(pairs: Pairs[Item], grade: Callable[[Item], int]) -> Iterator[tuple[str, Item, Item | None]]:
    for was, one in pairs:
        if was is None and one is not None:
            yield "new", one, None
        elif one is None and was is not None:
            yield "resolved", was, None
        elif was is not None and one is not None and grade(was) != grade(one):
            yield ("worsened" if grade(one) > grade(was) else "eased"), one, was


def _kind(how: str, thing: str) -> ChangeKind:
    return next(kind for kind in get_args(ChangeKind) if kind == f"{how}_{thing}")


def _risk_words(risk: BriefRisk) -> Hashable:
    return (*_risk_kind(risk), _plain(risk.quote or risk.explanation))


def _risk_kind(risk: BriefRisk) -> tuple[str, str]:
    return _plain(risk.document), risk.clause or risk.category


def _plain(told: str) -> str:
    """`told` for comparing: the marks that stand for personal data are numbered anew in every brief."""
    return _MARK.sub("[]", one_line(told)).lower()


def _telling(told: str) -> frozenset[str]:
    return frozenset(word for word in lowers(told) if word not in listed("small_words", "stopwords"))
