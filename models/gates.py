"""Gates: what a waiting job must pass to be admitted, each with its reason and when it may open.

A gate is asked about one job after the other in an admission; `take` counts those it lets through, and
`save` writes down what really went. Admission, and the answer to "why is this waiting?", ask the same gates.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Protocol

from sqlalchemy import Connection

from errors import ERROR_CLASSES
from models.breakers import OPEN, Breaker, begin_probe
from models.lanes import LaneKey
from models.limits import Limit
from models.rates import free_at_ms, used, with_use


@dataclass(frozen=True, slots=True)
class Candidate:
    """A job at the head of its lane, with all that a gate may weigh."""

    job_id: str
    due_at_ms: int
    lane: LaneKey
    analysis: str
    estimated_tokens: int
    estimated_micro: int
    price_credits: int
    reserved_credits: int
    redoes_job_id: str | None
    tries: int = 0  # attempts and probes that failed already
    crash_count: int = 0


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a job may not start now. `until_ms` is when that may change by itself; None if it will not.

    `is_away`: the provider is out of order, so that somebody else might answer in its place. `is_own`: it is
    the job itself that can never pass as things are, so that those behind it need not wait for it.
    """

    gate: str  # such as `queue ai_analysis`
    reason: str
    until_ms: int | None = None
    is_away: bool = False
    is_own: bool = False


class Gate(Protocol):
    """One gate of one admission."""

    def refusal(self, job: Candidate, now: int) -> Refusal | None:
        """Why this job may not start now; None if it may."""

    def take(self, job: Candidate) -> None:
        """Count a job that all gates have let through."""

    def save(self, connection: Connection, admitted: Collection[str], now: int) -> None:
        """Write down what the admitted jobs, by id, used; others of those taken did not go after all."""


@dataclass
class LimitGate:
    """A limit on how many at once and how much per period; see `models.limits`."""

    limit: Limit
    in_flight: int
    taken: list[Candidate] = field(default_factory=list)
    planned: int = 0

    @property
    def name(self) -> str:
        return self.limit.label

    def refusal(self, job: Candidate, now: int) -> Refusal | None:
        if self.limit.paused:
            return Refusal(self.name, f"The {self.name} is paused; resume it.")
        if (until_ms := self.limit.not_before_ms) and now < until_ms:
            return Refusal(self.name, f"The provider of the {self.name} asked to be left alone.", until_ms)
        most = self.limit.concurrency
        if most and self.in_flight + len(self.taken) >= most:
            return Refusal(self.name, f"The {self.name} runs as many jobs as it may at once ({most}).")
        return self._over_rate(job, now)

    def _over_rate(self, job: Candidate, now: int) -> Refusal | None:
        rate, period_ms = self.limit.rate_at(now), self.limit.period_ms
        if rate is None:
            return None
        cost = min(self._cost(job), rate)  # what is dearer than a whole period's rate waits for an idle one
        if used(self.limit.spent, period_ms, now) + self.planned + cost <= rate:
            return None
        until_ms = free_at_ms(self.limit.spent, period_ms, now, rate - self.planned - cost)
        unit = "tokens" if self.limit.scope == "model" else "jobs"
        because = ", lowered because its provider answered 429" if self.limit.is_lowered(now) else ""
        return Refusal(
            self.name,
            f"The rate of the {self.name} is used up ({rate:,} {unit} in {period_ms / 1000:g} s{because}).",
            max(until_ms, now + 1),
        )

    def take(self, job: Candidate) -> None:
        self.taken.append(job)
        self.planned += self._cost(job)

    def save(self, connection: Connection, admitted: Collection[str], now: int) -> None:
        """Nothing: `saved` is written together with the other limits'."""

    def saved(self, admitted: Collection[str], now: int) -> Limit | None:
        """The limit with what the admitted jobs used; None if it keeps no count."""
        if self.limit.rate_at(now) is None and self.limit.scope != "model":
            return None
        amount = sum(self._cost(job) for job in self.taken if job.job_id in admitted)
        if not amount:
            return None
        return replace(self.limit, spent=with_use(self.limit.spent, self.limit.period_ms, now, amount))

    def _cost(self, job: Candidate) -> int:
        return job.estimated_tokens if self.limit.scope == "model" else 1


@dataclass
class BreakerGate:
    """A circuit breaker that is not closed: it lets through one probe at its time, and nothing else.

    A job that has failed before may be what the other side cannot take. It is a probe only where all are
    such (`takes_any`), so that a few of them do not hold up everybody else for as long as they live.
    """

    breaker: Breaker
    is_probing: bool
    probe: Candidate | None = None
    takes_any: bool = False
    has_passed_over: bool = False

    def refusal(self, job: Candidate, now: int) -> Refusal | None:
        name, error_class = self.breaker.name, self.breaker.error_class or "service_error"
        reason = f"{name.partition(':')[2]} is away ({error_class}): {ERROR_CLASSES[error_class].suggestion}"
        if self.is_probing or self.probe is not None:
            return Refusal(name, f"{reason} One job is trying it now.", is_away=True)
        retry_at_ms = self.breaker.retry_at_ms or now
        if self.breaker.state == OPEN and now < retry_at_ms:
            return Refusal(name, reason, retry_at_ms, is_away=True)
        if job.tries and not self.takes_any:
            self.has_passed_over = True
            return Refusal(name, f"{reason} A job that has not failed yet tries it first.", is_own=True)
        return None

    def take(self, job: Candidate) -> None:
        self.probe = job

    def lacks_probe(self) -> bool:
        """True once, if only jobs that failed before would go; from then on they may."""
        if self.takes_any or self.probe is not None or not self.has_passed_over:
            return False
        self.takes_any = True
        return True

    def save(self, connection: Connection, admitted: Collection[str], now: int) -> None:
        if self.probe is not None and self.probe.job_id in admitted:
            begin_probe(connection, self.breaker.name, self.probe.job_id)
