"""What the state machine believes to be so: who holds what, which messages are about, what has ended."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from models.admission import Admitted
from models.claims import Fence

LEASE_MS = 15_000
MOST_MESSAGES = 60


@dataclass(frozen=True)
class Grant:
    """A claim that was granted; also one that has long been ended, so that its holder acts as a zombie."""

    fence: Fence
    holder: str
    step: str


@dataclass
class World:
    """The model. `live` has at most one grant for each job: that is what fences are for."""

    jobs: list[str] = field(default_factory=list)
    batches: list[str] = field(default_factory=list)
    open_batches: list[str] = field(default_factory=list)
    messages: list[Admitted] = field(default_factory=list)  # never removed by delivery: all may come again
    grants: list[Grant] = field(default_factory=list)
    live: dict[str, Grant] = field(default_factory=dict)
    ended: dict[str, Any] = field(default_factory=dict)  # job id → its row when it was first seen ended
    passed: dict[str, list[int]] = field(default_factory=dict)  # queue → moments of admission, under one rate
    sent: Counter[str] = field(default_factory=Counter)  # delivery id → times it was settled as sent

    def add_messages(self, more: list[Admitted]) -> None:
        self.messages = (self.messages + more)[-MOST_MESSAGES:]

    def grant(self, grant: Grant) -> None:
        assert grant.fence.job_id not in self.live, f"two hold {grant.fence}"
        assert grant not in self.grants, f"{grant} was granted twice"
        self.grants.append(grant)
        self.live[grant.fence.job_id] = grant

    def is_live(self, grant: Grant) -> bool:
        return self.live.get(grant.fence.job_id) == grant

    def let_go(self, grant: Grant) -> None:
        del self.live[grant.fence.job_id]
