"""Alone: a job whose worker died runs again in a process of its own, where it can kill nobody else.

The child acts under its parent's name, so the same fence and the same lease hold; the parent keeps
the lease alive, waits, and counts a crash if the child dies. Children come from a small fork server,
which holds no threads, locks or connections that a fork could break.
"""

from __future__ import annotations

import enum
import importlib
import multiprocessing
import threading
from multiprocessing.context import ForkServerContext
from typing import TYPE_CHECKING

from dramatiq import Message, MessageProxy

from actors.fan_out import maker_modules
from actors.tasks import doing
from actors.work import desk
from analyses import all_analyses
from models.claims import Claimed
from models.lonely import PLACES

if TYPE_CHECKING:
    from actors.work import Work

POLL_S = 0.1
GRACE_S = 0.5

_room = threading.BoundedSemaphore(PLACES)
_here = False


class Ending(enum.Enum):
    """How a child ended."""

    NO_ROOM = "as many run alone beside this worker as may; nothing was started"
    WELL = "its outcome is committed, whatever it was"
    DIED = "it was killed, or left without a word"
    OUT_OF_TIME = "it ran past the job's time limit and was killed"
    STOPPED = "its job was lost or cancelled, and it was killed"


def is_alone() -> bool:
    """True in a process that runs a single suspect job."""
    return _here


def run(work: Work, message: MessageProxy) -> Ending:
    """Run the rest of the job's pipeline in a child; blocks until the child has ended."""
    if not _room.acquire(blocking=False):
        return Ending.NO_ROOM
    try:
        told = (message.encode(), work.claimed, desk.holder, _modules(work))
        child = _context().Process(target=_in_child, args=told)
        child.start()
        try:
            return _watch(child, work)
        finally:
            child.kill()
            child.join()
    finally:
        _room.release()


def _modules(work: Work) -> list[str]:
    """What the child must know of: an analysis and steps may live outside our packages."""
    import actors

    steps = {actor.fn.__module__ for actor in actors.broker.actors.values() if actor.options.get("durable")}
    return sorted({type(doing(work.claimed.analysis)).__module__, *steps, *maker_modules()})


def _watch(child: multiprocessing.process.BaseProcess, work: Work) -> Ending:
    waited_s = 0.0
    while child.exitcode is None:
        if work.stopped.is_set():
            if work.lost:
                child.join(GRACE_S)  # its outcome may be committed, and it be telling the channels
            return Ending.STOPPED
        if waited_s * 1000 > work.claimed.timeout_ms:
            return Ending.OUT_OF_TIME
        child.join(POLL_S)
        waited_s += POLL_S
    return Ending.WELL if child.exitcode == 0 else Ending.DIED


def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["actors", *{type(known).__module__ for known in all_analyses()}])
    return context


def _in_child(encoded: bytes, claimed: Claimed, holder: str, modules: list[str]) -> None:
    global _here
    _here = True
    import actors
    from actors.middleware.carry_on import perform

    for module in modules:
        importlib.import_module(module)
    desk.act_as(holder)
    message = MessageProxy(Message.decode(encoded))
    desk.put(claimed, message.actor_name)
    perform(actors.broker, message)
