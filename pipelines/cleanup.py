"""Cleanup: removes what need not be kept, a bounded transaction at a time, so that nobody waits for it.

It may run anywhere, several times at once, and be cut off at any moment: what is left goes next time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial

from sqlalchemy import Connection

from models import retention
from models.database import clock, reading, transact
from models.retention import Keep
from models.unseen import remove_unseen
from settings import Settings, get_settings

HOUR_MS = 3_600_000
Step = Callable[[Connection], Counter[str]]


def keep_by_settings(settings: Settings) -> Keep:
    """What the settings say is kept; a 0 there is no bound."""
    return Keep(
        completed_count=settings.keep_completed_count or None,
        completed_days=settings.keep_completed_days or None,
        failed_count=settings.keep_failed_count or None,
        failed_days=settings.keep_failed_days or None,
        replies_days=settings.keep_replies_days or None,
        contents_days=settings.keep_contents_days or None,
    )


def cleanup(
    keep: Keep, *, tenant: str | None = None, queue: str | None = None, dry_run: bool = False
) -> Counter[str]:
    """Remove what `keep` does not keep; gives how many rows of which table went, or with `dry_run` would go.

    Of all tenants and queues, or of those named. A dry run counts jobs and replies only.
    """
    if dry_run:
        return _count(keep, tenant, queue)
    gone: Counter[str] = Counter()
    for removed in remove_all(keep, tenant=tenant, queue=queue):
        gone += removed
    return gone


def cleanup_if_due() -> Counter[str] | None:
    """The fleet's own cleanup, by the settings: once an hour, by whoever asks first; else None."""
    if not transact(lambda c: retention.take_turn(c, every_ms=HOUR_MS, now=clock(c))):
        return None
    return cleanup(keep_by_settings(get_settings()))


def remove_all(keep: Keep, *, tenant: str | None, queue: str | None) -> Iterator[Counter[str]]:
    """What each transaction removed, as it goes."""
    with reading() as connection:
        lines, now = retention.lines(connection, tenant, queue), clock(connection)
    for line in lines:
        yield from _until_nothing(partial(retention.remove_some, line=line, keep=keep, now=now))
    yield from _until_nothing(lambda c: retention.remove_batches(c, tenant, keep, now))
    if queue is None:
        yield from _until_nothing(lambda c: retention.remove_replies(c, tenant, keep, now))
        yield from _until_nothing(lambda c: remove_unseen(c, tenant, keep, now))
    if queue is None and tenant is None:
        yield from _until_nothing(lambda c: retention.remove_loose(c, keep, now))


def _until_nothing(step: Step) -> Iterator[Counter[str]]:
    while sum((removed := transact(step)).values()):
        yield removed


def _count(keep: Keep, tenant: str | None, queue: str | None) -> Counter[str]:
    with reading() as connection:
        now = clock(connection)
        lines = retention.lines(connection, tenant, queue)
        found = Counter(jobs=sum(retention.count_removable(connection, line, keep, now) for line in lines))
        if queue is None:
            found["replies"] = retention.count_replies(connection, tenant, keep, now)
    return +found
