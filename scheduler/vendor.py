"""The providers' batches are looked after in every worker; the database lets one of them at a time."""

from __future__ import annotations

from actors import Chore, chores
from actors.vendor import look_after_batches
from pipelines.dispatch import dispatch
from settings import get_settings


def poll_batches() -> None:
    """One round; whatever may go on then is sent."""
    look_after_batches()
    dispatch()


chores.add(Chore("vendor", poll_batches, every_ms=get_settings().llm_batch_poll_ms))
