"""Picking: whose turn it is, in memory, over the heads of the lanes that admission has read."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace

from models.gatehouse import Gatehouse
from models.gates import Candidate, Refusal
from models.lanes import Lane, LaneKey, links
from models.lonely import ALONE

AGED_AFTER_MS = 600_000  # who has waited this long counts as aged …
AGED_EVERY = 10  # … and one turn in so many is for the one that has waited longest
MOST_PASSED_OVER = 100  # of a line in one admission: jobs that can never pass must not hold up the others

Read = Callable[[Lane, Candidate | None, int, Collection[str] | None, bool], list[Candidate]]
"""The next so many candidates of a lane after one.

Only of these analyses, where any are named; with the flag only those that need not run alone.
"""


@dataclass
class Picked:
    """The jobs to send, in order, and what is to be written down of them."""

    jobs: list[Candidate] = field(default_factory=list)
    stand_ins: dict[str, str] = field(default_factory=dict)  # job id → who answers in the model's place
    last_turns: dict[str, int] = field(default_factory=dict)  # tenant id → number of its last turn here
    again_at_ms: int | None = None  # when the first closed gate may open by itself

    def note(self, refused: Refusal) -> None:
        """Remember when this one may be over."""
        if refused.until_ms is not None:
            self.again_at_ms = min(self.again_at_ms or refused.until_ms, refused.until_ms)


class _Line:
    """A lane being read, a few candidates at a time."""

    def __init__(self, lane: Lane, read: Read, many: int) -> None:
        self.lane = lane
        self._read = read
        self._many = many
        self._ahead: deque[Candidate] = deque()
        self._last: Candidate | None = None
        self._only: Collection[str] | None = None
        self._without_lonely = False
        self._is_over = False
        self._passed_over = 0

    @property
    def is_unread(self) -> bool:
        """True where the next look at its head asks the database."""
        return not self._ahead and not self._is_over

    def head(self) -> Candidate | None:
        """Who is first in line; None when nobody is left."""
        if self.is_unread:
            found = self._read(self.lane, self._last, self._many, self._only, self._without_lonely)
            self._is_over = len(found) < self._many
            self._ahead.extend(found)
            self._many *= 2
        return self._ahead[0] if self._ahead else None

    def leave(self) -> None:
        """The first in line is served."""
        self._last = self._ahead.popleft()

    def pass_over(self) -> bool:
        """The first in line stays behind; False if too many have already."""
        self.leave()
        self._passed_over += 1
        return self._passed_over <= MOST_PASSED_OVER

    def narrow(self, refused: Candidate, stand_ins: Collection[str]) -> bool:
        """Its model is away: from here on only jobs for which somebody stands in; False if there are none.

        If somebody stands in for the refused one, too, then that one is away as well. Where jobs have a chain
        of their own, all of their line have the same.
        """
        if self.lane.key.fallbacks:
            return False
        left = set(stand_ins if self._only is None else self._only)
        if may_be_stood_in_for(refused, stand_ins):
            left.discard(refused.analysis)
        self._only = left
        self._ahead = deque(job for job in self._ahead if may_be_stood_in_for(job, left))
        return bool(left)

    def leave_out_lonely(self) -> None:
        """All places to run alone are taken: from here on only jobs that need none, however many do."""
        self._without_lonely = True
        self._ahead = deque(job for job in self._ahead if not job.crash_count)

    @property
    def due_at_ms(self) -> int:
        return self._ahead[0].due_at_ms if self._ahead else self.lane.due_at_ms


def pick(
    read: Read,
    lanes: list[Lane],
    gates: Gatehouse,
    room: int,
    turns: int,
    now: int,
    stand_ins: Mapping[str, str],
    picked: Picked | None = None,
) -> Picked:
    """Up to `room` jobs. `turns` is how many turns there were before, over all admissions.

    With `picked`, more are added to what was picked before, of other lanes.
    """
    picked = picked or Picked()
    each = max(1, -(-room // max(len(lanes), 1)))
    lines = [_Line(lane, read, each) for lane in lanes]
    order = _Order(lines)
    while len(picked.jobs) < room and (line := order.next(turns + len(picked.jobs) + 1, now)):
        if line.is_unread and (refused := _refusal_of_all(gates, line.lane, stand_ins)):
            order.close(line)
            picked.note(refused)
            continue
        job = line.head()
        if job is None:
            order.close(line)
        elif refused := _refusal(gates, job, picked, stand_ins):
            if not _goes_on(line, job, refused, stand_ins):
                order.close(line)
            picked.note(refused)
        else:
            line.leave()
            picked.jobs.append(job)
            picked.last_turns[job.lane.tenant_id] = len(picked.jobs)
            order.served(line)
    return picked


def _refusal_of_all(gates: Gatehouse, lane: Lane, stand_ins: Mapping[str, str]) -> Refusal | None:
    """Why nobody in this lane may go, not even a job that costs nothing; asked before anybody is read."""
    free = Candidate("", lane.due_at_ms, lane.key, "", 0, 0, 0, 0, None)
    refused = gates.refusal(lane.key, free)
    return None if refused and refused.is_away and (stand_ins or lane.key.fallbacks) else refused


def _goes_on(line: _Line, job: Candidate, refused: Refusal, stand_ins: Mapping[str, str]) -> bool:
    """True where somebody behind the refused job may still go."""
    if refused.gate == ALONE:
        line.leave_out_lonely()
        return True
    if refused.is_own:
        return line.pass_over()
    return refused.is_away and line.narrow(job, stand_ins)


def _refusal(
    gates: Gatehouse, job: Candidate, picked: Picked, stand_ins: Mapping[str, str]
) -> Refusal | None:
    """Why the job may not go; None once it is counted, itself or with somebody standing in for its model."""
    key, refused = first_open(gates, job, stand_ins)
    if not refused:
        gates.take(key, job)
        if key.model != job.lane.model:
            picked.stand_ins[job.job_id] = key.model
    return refused


def first_open(
    gates: Gatehouse, job: Candidate, stand_ins: Mapping[str, str]
) -> tuple[LaneKey, Refusal | None]:
    """Who is to answer, the model or the first of its chain who is not away, and why not yet, if so."""
    key = job.lane
    refused = gates.refusal(key, job)
    chain = job.lane.fallbacks or stand_ins.get(job.analysis, "")
    for link in links(chain) if may_be_stood_in_for(job, stand_ins) else ():
        if not (refused and refused.is_away):
            break
        key = replace(key, model=link)
        refused = gates.refusal(key, job)
    return key, refused


def may_be_stood_in_for(job: Candidate, analyses: Collection[str]) -> bool:
    """A job that redoes what a stand-in answered waits for the model itself."""
    return job.redoes_job_id is None and (bool(job.lane.fallbacks) or job.analysis in analyses)


class _Order:
    """Whose line is served next: by priority, then tenant by tenant, then line by line of a tenant."""

    def __init__(self, lines: list[_Line]) -> None:
        self._open = lines
        self._levels: dict[int, deque[deque[_Line]]] = {}
        by_tenant: dict[tuple[int, str], deque[_Line]] = {}
        for line in sorted(lines, key=lambda one: (one.lane.turn, one.due_at_ms, one.lane.id)):
            place = (line.lane.key.priority, line.lane.key.tenant_id)
            if place not in by_tenant:
                by_tenant[place] = deque()
                self._levels.setdefault(place[0], deque()).append(by_tenant[place])
            by_tenant[place].append(line)

    def next(self, turn: int, now: int) -> _Line | None:
        """The line whose turn it is; None when all are closed."""
        if turn % AGED_EVERY == 0 and (aged := self._aged(now)):
            return aged
        for priority in sorted(self._levels):
            if level := self._levels[priority]:
                return level[0][0]
        return None

    def _aged(self, now: int) -> _Line | None:
        waiting = [line for line in self._open if now - line.due_at_ms > AGED_AFTER_MS]
        return min(waiting, key=lambda line: line.due_at_ms, default=None)

    def served(self, line: _Line) -> None:
        """This tenant, and this line of the tenant's, go behind the others."""
        level, tenant = self._place(line)
        tenant.remove(line)
        tenant.append(line)
        level.remove(tenant)
        level.append(tenant)

    def close(self, line: _Line) -> None:
        """Nothing more comes of this line in this admission."""
        level, tenant = self._place(line)
        self._open.remove(line)
        tenant.remove(line)
        if not tenant:
            level.remove(tenant)

    def _place(self, line: _Line) -> tuple[deque[deque[_Line]], deque[_Line]]:
        level = self._levels[line.lane.key.priority]
        return level, next(tenant for tenant in level if line in tenant)
