"""The providers' batches: gathered, submitted, looked after and read, by one process of the fleet at a time.

Each step is written down before the next: a process that dies anywhere is followed by another, which finds
what was made at the provider by our id in its metadata, and reads results again without any effect.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import structlog
from sqlalchemy import Connection

from adapters.llm import get_provider
from adapters.llm.batches import MOST_BYTES, MOST_ITEMS, Batches, Result
from adapters.llm.openai import OpenAIProvider
from adapters.llm.prices import cost_of
from errors import GristmillError, NotFound
from models import vendor
from models.charges import BATCH
from models.claims import Fence
from models.database import clock, reading, transact
from models.replies import NewReply
from settings import Settings, get_settings

log = structlog.get_logger(__name__)

TURN_MS = 900_000  # longer than any one step: an upload, or a download, takes at most ten minutes
AT_ONCE = 200  # results kept in one transaction


def look_after_batches() -> None:
    """One round, if it is this process's turn; every batch by itself, for one may be in trouble."""
    settings = get_settings()
    if not transact(lambda c: vendor.take_turn(c, lease_ms=TURN_MS, now=clock(c))):
        return
    try:
        transact(lambda c: _gather(c, settings))
        with reading() as connection:
            rows = vendor.open_batches(connection)
        for row in rows:
            transact(lambda c: vendor.next_turn(c, clock(c) + TURN_MS))
            _look_after(row, settings)
    finally:
        transact(lambda c: vendor.next_turn(c, clock(c) + settings.llm_batch_poll_ms))


def _gather(connection: Connection, settings: Settings) -> None:
    now = clock(connection)
    vendor.free_stranded(connection, now)
    vendor.forget_old(connection, now)
    most = min(settings.llm_batch_most_items, MOST_ITEMS)
    collect_ms = settings.llm_batch_collect_ms
    vendor.gather(connection, collect_ms=collect_ms, most_items=most, most_bytes=MOST_BYTES, now=now)


def _look_after(row: Any, settings: Settings) -> None:
    provider = get_provider(settings, row.asked.partition("/")[0])
    if not isinstance(provider, OpenAIProvider):
        return
    try:
        if row.state == "new":
            _submit(row, provider.batches())
        else:
            _look(row, provider.batches(), settings)
    except GristmillError as error:
        log.warning("vendor batch not looked after", batch=row.id, error=error.error_class)
        can_never_be = row.state == "new" and not error.retryable  # nothing is with the provider
        if can_never_be or isinstance(error, NotFound):  # or nothing any more: it was lost or removed there
            _end(row, error.error_class)


def _submit(row: Any, batches: Batches) -> None:
    transact(lambda c: vendor.begin_sending(c, row.id))
    vendor_id = batches.submit(row.id, _bodies(row.id), may_exist=row.tries > 0)
    transact(lambda c: vendor.change_batch(c, row.id, state="sent", vendor_id=vendor_id))
    log.info("vendor batch submitted", batch=row.id, items=row.items)


def _bodies(batch_id: str) -> Iterator[tuple[str, dict[str, Any]]]:
    after = ""
    while True:
        with reading() as connection:
            page = vendor.items_of(connection, batch_id, after)
        if not page:
            return
        yield from ((item.id, item.body) for item in page)
        after = page[-1].id


def _look(row: Any, batches: Batches, settings: Settings) -> None:
    standing = batches.look(row.vendor_id)
    if standing.has_ended:
        for results in _chunks(batches.results(standing)):
            _keep(row, results, settings)
        _end(row, standing.state)
        return
    with reading() as connection:
        is_wanted = vendor.is_wanted(connection, row.id)
    if not is_wanted and row.state == "sent":
        batches.cancel(row.vendor_id)
        transact(lambda c: vendor.change_batch(c, row.id, state="cancelling"))


def _chunks(results: Iterable[Result]) -> Iterator[list[Result]]:
    rest = iter(results)
    while chunk := list(islice(rest, AT_ONCE)):
        yield chunk


def _keep(row: Any, results: list[Result], settings: Settings) -> None:
    """Replies of questions that are still open; those without one are given up with the rest at the end."""
    answered = {result.custom_id: result for result in results if result.reply is not None}

    def keep(connection: Connection) -> None:
        items = vendor.items_named(connection, row.id, answered)
        replies = [_reply(item, answered[id_], settings) for id_, item in items.items()]
        keys = [(item.tenant_id, item.key) for item in items.values()]
        vendor.settle(connection, replies, keys, clock(connection))

    transact(keep)


def _end(row: Any, outcome: str) -> None:
    """Whoever has no answer by now asks at once."""

    def is_over(connection: Connection) -> bool:
        if left := vendor.items_of(connection, row.id):
            vendor.give_up(connection, [(item.tenant_id, item.key) for item in left], clock(connection))
            return False
        ended = {"state": "ended", "outcome": outcome, "ended_at_ms": clock(connection)}
        vendor.change_batch(connection, row.id, **ended)
        return True

    while not transact(is_over):
        pass


def _reply(item: Any, result: Result, settings: Settings) -> NewReply:
    reply = result.reply
    assert reply is not None
    usage, model = reply.usage, item.asked.partition("/")[2]
    return NewReply(
        tenant_id=item.tenant_id,
        analysis=item.analysis,
        key=item.key,
        fence=Fence(item.job_id, item.generation),
        provider=reply.provider,
        model=reply.model or model,
        prompt_version=item.prompt_version,
        text=reply.text,
        raw=reply.raw,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cached_input_tokens=usage.cached_input_tokens,
        reasoning_tokens=usage.reasoning_tokens,
        cost_micro=cost_of(settings, reply.provider, (reply.model or model, model), usage, BATCH).micro,
        latency_ms=0,
        finish=reply.finish,
        asked=item.asked,
        lane=BATCH,
        id=item.id,  # so that a result that is read twice is one reply
    )
