"""What worker threads ask of the ledger: each a bulk write, with this process's name and lease put in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from actors.ledger import Ledger
from actors.work import desk
from models import claims, deliveries, endings, library, nesting, originals, unsent
from models.calls import note_answered
from models.claims import Claim, Claimed, Fence
from models.crashes import count_crashes
from models.deliveries import Owed, claim_deliveries
from models.endings import Failure, Finish
from models.library import NewContent, Place, Shelved
from models.nesting import Fanned, FanOut
from models.opening import Opening
from models.opening import finish_and_open as finish_and_open_all
from models.originals import NewOriginal
from models.questions import Inquiry, Turn, answered, inquire
from models.replies import Kept, NewReply, TenantKey, find_replies, keep_replies
from models.vendor import Parking
from models.vendor import park as park_job
from settings import get_settings

ledger = Ledger()


@dataclass(frozen=True, slots=True)
class Named:
    """A file that a held job fetched, and its orders as they are now."""

    fence: Fence
    original: NewOriginal
    order: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shelving:
    """Contents that a held job took out of a file."""

    fence: Fence
    place: Place
    contents: Sequence[NewContent]


def take(wish: Claim) -> Claimed | None:
    """Claim a job for this process; None if it has moved on or somebody holds it."""
    claimed: Claimed | None = ledger.ask(_take, wish)
    return claimed


def complete(finish: Finish) -> bool:
    """Store a job's answer and end it; False if this process no longer holds it."""
    return bool(ledger.ask(_complete, finish))


def finish_and_open(wish: Opening) -> bool:
    """End a job and open the batches that begin with that; False if this process no longer holds it."""
    return bool(ledger.ask(_finish_and_open, wish))


def name_original(wish: Named) -> bool:
    """Keep the file that a held job fetched; False if this process no longer holds the job."""
    return bool(ledger.ask(_name_original, wish))


def shelve(wish: Shelving) -> list[Shelved] | None:
    """Keep contents of a held job; None if this process no longer holds it."""
    shelved: list[Shelved] | None = ledger.ask(_shelve, wish)
    return shelved


def fail(failure: Failure) -> bool:
    """End an attempt; False if this process no longer holds the job."""
    return bool(ledger.ask(_fail, failure))


def offer(wish: Claim) -> bool:
    """Offer a held job's next step to any worker; False if this process no longer holds it."""
    return bool(ledger.ask(_offer, wish))


def give_back(fence: Fence) -> bool:
    """Return a job to the waiting ones, counting nothing."""
    return bool(ledger.ask(_give_back, fence))


def put_off(fence: Fence, wait_ms: int) -> bool:
    """Return a job to start again after a while, counting nothing."""
    return bool(ledger.ask(_put_off, (fence, wait_ms)))


def ask(inquiry: Inquiry) -> Kept | Turn:
    """The stored reply to a question, or whether it is this job's turn to ask it."""
    told: Kept | Turn = ledger.ask(_ask, inquiry)
    return told


def keep(reply: NewReply) -> str:
    """Store a model's reply and its cost; gives its id."""
    return str(ledger.ask(_keep, reply))


def find(tenant_id: str, key: str) -> Kept | None:
    """The stored reply under this key, if there is one that was not found wanting."""
    kept: Kept | None = ledger.ask(_find, (tenant_id, key))
    return kept


def fan_out(wish: FanOut) -> tuple[Fanned, str]:
    """Let a held job wait for a batch that its step opens; gives what became of it, and the batch's id."""
    fanned: tuple[Fanned, str] = ledger.ask(_fan_out, wish)
    return fanned


def take_deliveries(owner_id: str, lease_ms: int) -> list[Owed]:
    """Claim what is still owed to the channels of this job or batch."""
    owed: list[Owed] = ledger.ask(_take_deliveries, (owner_id, lease_ms))
    return owed


def settle_delivery(owed: Owed, error: str | None, retry_in_ms: int) -> None:
    """Mark a claimed delivery sent, or to be tried again, or failed for good."""
    ledger.ask(_settle_delivery, (owed, error, retry_in_ms))


def park(wish: Parking) -> bool:
    """Let a held job wait for a provider's batch; False if this process no longer holds it."""
    return bool(ledger.ask(_park, wish))


def crash(fence: Fence) -> None:
    """Count that the process which ran this job alone has died."""
    ledger.ask(_crash, fence)


def _take(connection: Connection, wishes: Sequence[Claim], now: int) -> list[Claimed | None]:
    taken = claims.claim(connection, wishes, holder=desk.holder, lease_ms=get_settings().lease_ms, now=now)
    return [taken.pop(wish.fence, None) for wish in wishes]  # of two equal wishes, one is granted


def _complete(connection: Connection, finishes: Sequence[Finish], now: int) -> list[bool]:
    won = endings.finish(connection, finishes, holder=desk.holder, now=now)
    return [finish.fence in won for finish in finishes]


def _finish_and_open(connection: Connection, wishes: Sequence[Opening], now: int) -> list[bool]:
    won = finish_and_open_all(connection, wishes, holder=desk.holder, now=now)
    return [wish.finish.fence in won for wish in wishes]


def _name_original(connection: Connection, wishes: Sequence[Named], now: int) -> list[bool]:
    return [
        originals.name_original(
            connection,
            wish.fence,
            originals.keep_original(connection, wish.original, now),
            wish.order,
            holder=desk.holder,
        )
        for wish in wishes
    ]


def _shelve(connection: Connection, wishes: Sequence[Shelving], now: int) -> list[list[Shelved] | None]:
    held = claims.held_of(connection, [wish.fence for wish in wishes], desk.holder)
    return [
        library.shelve(connection, wish.place, wish.contents, now) if wish.fence in held else None
        for wish in wishes
    ]


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


def _put_off(connection: Connection, asked: Sequence[tuple[Fence, int]], now: int) -> list[bool]:
    returned = unsent.put_off(connection, asked, holder=desk.holder, now=now)
    return [fence in returned for fence, _ in asked]


def _ask(connection: Connection, inquiries: Sequence[Inquiry], now: int) -> list[Kept | Turn]:
    return inquire(connection, inquiries, holder=desk.holder, now=now)


def _keep(connection: Connection, new: Sequence[NewReply], now: int) -> list[str]:
    kept = keep_replies(connection, new, now)
    answered(connection, [(reply.tenant_id, reply.key) for reply in new])
    note_answered(connection, [reply.call for reply in kept], now)
    return [reply.id for reply in new]


def _find(connection: Connection, keys: Sequence[TenantKey], now: int) -> list[Kept | None]:
    found = find_replies(connection, keys)
    return [found.get(key) for key in keys]


def _fan_out(connection: Connection, wishes: Sequence[FanOut], now: int) -> list[tuple[Fanned, str]]:
    return [nesting.fan_out(connection, wish, holder=desk.holder, now=now) for wish in wishes]


def _take_deliveries(connection: Connection, asked: Sequence[tuple[str, int]], now: int) -> list[list[Owed]]:
    return [claim_deliveries(connection, owner, lease_ms=lease_ms) for owner, lease_ms in asked]


def _settle_delivery(
    connection: Connection, asked: Sequence[tuple[Owed, str | None, int]], now: int
) -> list[None]:
    for owed, error, retry_in_ms in asked:
        deliveries.settle_delivery(connection, owed, error=error, retry_in_ms=retry_in_ms)
    return [None] * len(asked)


def _park(connection: Connection, wishes: Sequence[Parking], now: int) -> list[bool]:
    return [park_job(connection, wish, holder=desk.holder, now=now) for wish in wishes]


def _crash(connection: Connection, fences: Sequence[Fence], now: int) -> list[bool]:
    count_crashes(connection, claims.fenced(fences, desk.holder), now)
    return [True] * len(fences)
