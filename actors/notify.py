"""notify: tell the channels a job or a batch named, once per event and channel.

The deliveries were written with the outcome itself, so this step may run late, twice or elsewhere:
it claims what is still owed and nothing else.
"""

from __future__ import annotations

import dramatiq
import structlog

from actors import writes
from actors.work import desk
from adapters.channels import Notice, send
from adapters.safety.redaction import redact_text
from errors import classify
from models.claims import Fence
from models.deliveries import Owed

log = structlog.get_logger(__name__)

CLAIM_MS = 60_000  # longer than the slowest channel's time-out
RETRY_MS = 10_000


@dramatiq.actor(actor_name="notify", queue_name="notify", pipe_ignore=True)
def notify(owner_id: str, generation: int) -> None:
    """Send this job's or batch's open deliveries; one that fails is tried again by the sweep."""
    work = desk.get(Fence(owner_id, generation))
    if work is not None and not work.claimed.channels:
        return
    for owed in writes.take_deliveries(owner_id, CLAIM_MS):
        _deliver(owed)


def _deliver(owed: Owed) -> None:
    owner = "batch_id" if owed.event.startswith("batch.") else "job_id"
    notice = Notice(id=owed.id, event=owed.event, tenant_id=owed.tenant_id, **{owner: owed.owner_id})
    error = None
    try:
        send(owed.channel, notice)
    except Exception as raised:  # noqa: BLE001 - whatever a channel raises, the rest is still owed
        error = redact_text(classify(raised).message)
        log.warning("delivery failed", delivery_id=owed.id, channel=owed.channel.partition(":")[0])
    writes.settle_delivery(owed, error, RETRY_MS * owed.attempts)
