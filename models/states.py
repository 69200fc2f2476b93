"""The states of a job and the outcomes of a batch, each with its line of meaning."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class State(StrEnum):
    """Where a job is. REST, CLI and dashboard show these names."""

    SCHEDULED = "scheduled"  # its start was put off to a time that has not come
    WAITING = "waiting"  # it may start as soon as admission lets it
    RUNNING = "running"  # a worker holds it under a lease
    RETRYING = "retrying"  # it failed, and its next attempt has a time
    COMPLETED = "completed"  # its answer is stored
    FAILED = "failed"  # it will not be tried again by itself
    CANCELLED = "cancelled"  # somebody ended it, and it will never run again


TERMINAL = (State.COMPLETED, State.FAILED, State.CANCELLED)
PENDING = (State.SCHEDULED, State.WAITING, State.RETRYING)  # not started, or between two attempts


class Outcome(StrEnum):
    """How a batch ended; none while it runs."""

    COMPLETED = "completed"  # every member completed
    COMPLETED_WITH_FAILURES = "completed_with_failures"  # some failed, no more than were tolerated
    FAILED = "failed"  # more failed than were tolerated; the rest was not started
    CANCELLED = "cancelled"  # somebody ended it before its members did


class Priority(IntEnum):
    """Lower goes first; the names are what users write."""

    HIGH = 0
    NORMAL = 1
    LOW = 2


class Gate(StrEnum):
    """What holds back a waiting job before admission even looks at it."""

    BATCH = "batch"  # its batch already has parallel_limit members under way
    VENDOR = "vendor"  # its questions are in a provider's batch
    AWAITS = "awaits"  # the batch that it follows, or that one of its steps opened, has no outcome yet
