"""Work: the jobs this process holds right now, and what their steps pass to each other in memory.

A step that runs in another process finds an empty `Work` and rebuilds what it needs from the
database; nothing here is ever the only copy of something paid for.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from actors.interrupts import Interruptible
from actors.shown import Shown
from analyses import get_analysis
from analyses.base import Analysis
from errors import Cancelled, ContextLength, GristmillError
from models.claims import Claimed, Fence

PROGRESS = {"fetch": 10, "score": 30, "persist": 90, "notify": 100}
PROGRESS |= {"download": 10, "extract": 30, "shelve": 90}
OF_PARTS = 60  # what the parts of a long content make of it, between `score` and `persist`


class Lost(GristmillError):
    """Another worker has this job now; whatever this one did has no effect."""


@dataclass(frozen=True, slots=True)
class Scored:
    """What `score` found: the answer, who made it, and the stored replies that it is made of."""

    provider: str
    model: str
    answer: dict[str, Any]
    reply_ids: tuple[str, ...] = ()
    degraded: bool = False


@dataclass
class Work:
    """One held job. `stopped` is set when its lease was lost or its cancellation was asked for."""

    claimed: Claimed
    step: str = "fetch"
    content: Any = None
    shown: Shown | None = None  # the content as a model sees it
    flags: list[str] | None = None  # what the content filter says, once it was asked
    scored: Scored | None = None
    stopped: threading.Event = field(default_factory=threading.Event)
    own_code: Interruptible = field(default_factory=Interruptible)  # open while a step of it runs
    lost: bool = False
    given_back: bool = False  # the worker stops, and cannot wait any longer for this
    told: str | None = None  # the stage that the database was last told of
    part: tuple[int, int] | None = None  # of a long content: the one that is asked about, and how many
    doubted: tuple[str, ...] = ()  # the replies to the question that was asked last
    asked_tokens: int = 0  # what was reserved for the call that is, or was last, under way
    has_called: bool = False  # a model was asked in this run, and its reply is kept
    begun_s: float = field(default_factory=time.monotonic)
    unwritten: Callable[[], object] | None = None  # its outcome, which the database could not take yet
    calling: bool = False  # somebody outside is being asked: what is raised now is that one's doing
    ended: bool = False  # its outcome is committed: there is no lease to renew
    next_step: str | None = None  # what follows this one in its pipeline
    suspended: bool = False  # it waits for a batch, and goes on wherever that ends
    awaited_batch_id: str | None = None  # the batch that it waited for last

    def __post_init__(self) -> None:
        self.awaited_batch_id = self.claimed.awaits_batch_id

    @property
    def fence(self) -> Fence:
        return self.claimed.fence

    @property
    def analysis(self) -> Analysis[Any, Any]:
        return get_analysis(self.claimed.analysis)

    @property
    def provider_name(self) -> str:
        """Who is to answer; see `adapters.llm.get_provider`."""
        return self.claimed.answerer.partition("/")[0]

    @property
    def model_name(self) -> str:
        """Of whom: a provider's name for its model."""
        return self.claimed.answerer.partition("/")[2]

    @property
    def prompt_version(self) -> int:
        """Of the instructions that the model gets; chosen when the job was submitted."""
        return self.claimed.prompt_version or self.analysis.prompt_version

    @property
    def is_stood_in_for(self) -> bool:
        """Its model is away, and somebody else answers: the answer is degraded, and asked for again later."""
        return self.claimed.stand_in is not None

    @property
    def progress(self) -> int:
        """0 to 100."""
        done, of = (self.part[0] - 1, self.part[1]) if self.part and self.step == "score" else (0, 1)
        return PROGRESS.get(self.step, 0) + OF_PARTS * done // of

    @property
    def stage(self) -> str:
        """The step it is at, and of a long content the part."""
        if self.part is None or self.step != "score":
            return self.step
        number, many = self.part
        return f"{self.step} {number} of {many}"

    def at_part(self, number: int, many: int) -> None:
        """The parts before this one, from 1, have their answers."""
        self.part = (number, many)

    @property
    def remaining_ms(self) -> int:
        """What is left of the job's time limit, over all its steps; negative when it is over."""
        return int(self.claimed.timeout_ms - (time.monotonic() - self.begun_s) * 1000)

    def has_been_refused(self, error: GristmillError) -> bool:
        """True where this error is a provider's: of a call, or because what was asked is too long for it."""
        return self.calling or (self.step == "score" and isinstance(error, ContextLength))

    def stop(self) -> None:
        """Let it end soon, whatever it does: a call is cancelled, and a step's own code interrupted."""
        self.stopped.set()
        if not self.ended:
            self.own_code.strike()

    def check(self) -> None:
        """Raises Lost or Cancelled when this work should not go on."""
        if self.lost:
            raise Lost("Another worker has this job now.")
        if self.stopped.is_set():
            raise Cancelled("Cancelled while it ran.")


class Desk:
    """All work of this process, by fence; `holder` is the name under which it claims."""

    def __init__(self) -> None:
        self._work: dict[Fence, Work] = {}
        self._holder = ""
        self._pid = 0

    @property
    def holder(self) -> str:
        if self._pid != os.getpid():  # a forked worker is somebody else
            self._pid = os.getpid()
            self._holder = f"{socket.gethostname()}:{self._pid}:{secrets.token_hex(4)}"
        return self._holder

    def act_as(self, holder: str) -> None:
        """Write under the name of the worker that started this process to run one job alone."""
        self._pid, self._holder = os.getpid(), holder

    def put(self, claimed: Claimed, step: str) -> Work:
        work = self._work[claimed.fence] = Work(claimed, step)
        return work

    def get(self, fence: Fence) -> Work | None:
        return self._work.get(fence)

    def drop(self, fence: Fence) -> None:
        self._work.pop(fence, None)

    def held(self) -> list[Work]:
        """The work whose leases are to be renewed."""
        return [work for work in list(self._work.values()) if not (work.ended or work.lost or work.suspended)]


desk = Desk()
