"""What worker threads ask of the ledger: each a bulk write, with this process's name and lease put in."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from actors.ledger import Ledger
from actors.work import desk
from models import claims, endings
from models.claims import Claim, Claimed, Fence
from models.crashes import count_crashes
from models.endings import Failure, Finish
from settings import get_settings

ledger = Ledger()


def take(wish: Claim) -> Claimed | None:
    """Claim a job for this process; None if it has moved on or somebody holds it."""
    claimed: Claimed | None = ledger.ask(_take, wish)
    return claimed


def complete(finish: Finish) -> bool:
    """Store a job's answer and end it; False if this process no longer holds it."""
    return bool(ledger.ask(_complete, finish))


def fail(failure: Failure) -> bool:
    """End an attempt; False if this process no longer holds the job."""
    return bool(ledger.ask(_fail, failure))


def offer(wish: Claim) -> bool:
    """Offer a held job's next step to any worker; False if this process no longer holds it."""
    return bool(ledger.ask(_offer, wish))


def give_back(fence: Fence) -> bool:
    """Return a job to the waiting ones, counting nothing."""
    return bool(ledger.ask(_give_back, fence))


def crash(fence: Fence) -> None:
    """Count that the process which ran this job alone has died."""
    ledger.ask(_crash, fence)


def _take(connection: Connection, wishes: Sequence[Claim], now: int) -> list[Claimed | None]:
    taken = claims.claim(connection, wishes, holder=desk.holder, lease_ms=get_settings().lease_ms, now=now)
    return [taken.pop(wish.fence, None) for wish in wishes]  # of two equal wishes, one is granted


def _complete(connection: Connection, finishes: Sequence[Finish], now: int) -> list[bool]:
    won = endings.finish(connection, finishes, holder=desk.holder, now=now)
    return [finish.fence in won for finish in finishes]


def _fail(connection: Connection, failures: Sequence[Failure], now: int) -> list[bool]:
    ended = endings.fail(connection, failures, holder=desk.holder, now=now)
    return [failure.fence in ended for failure in failures]


def _offer(connection: Connection, wishes: Sequence[Claim], now: int) -> list[bool]:
    lease_ms = get_settings().lease_ms
    return [
        claims.hand_over(connection, wish.fence, wish.step, holder=desk.holder, lease_ms=lease_ms, now=now)
        for wish in wishes
    ]


def _give_back(connection: Connection, fences: Sequence[Fence], now: int) -> list[bool]:
    returned = claims.give_back(connection, fences, holder=desk.holder, now=now)
    return [fence in returned for fence in fences]


def _crash(connection: Connection, fences: Sequence[Fence], now: int) -> list[bool]:
    count_crashes(connection, claims.fenced(fences, desk.holder), now)
    return [True] * len(fences)
