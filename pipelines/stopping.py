"""Stopping: a batch's members are cancelled a slice in each transaction, whoever asked for it.

What a process that broke off has left, the sweep goes on with.
"""

from __future__ import annotations

from collections.abc import Callable

from models import control
from models.batches import being_stopped, stop_more
from models.database import reading, transact

SLICES_A_SWEEP = 200


def stop_batch(tenant: str, batch_id: str, tell: Callable[[int], object] = lambda _: None) -> int:
    """Cancel what has not ended; gives how many members ended by that.

    `tell` hears after each slice how many they are. Members that somebody else is changing all the while are
    left to the sweep. Raises NotFound.
    """
    done = transact(lambda connection: control.cancel_batch(connection, tenant, batch_id))
    count = done.cancelled
    while not done.is_over and done.cancelled:
        tell(count)
        done = transact(lambda connection: stop_more(connection, batch_id))
        count += done.cancelled
    tell(count)
    return count


def go_on_stopping() -> int:
    """The next slices of all batches that are being stopped; gives how many members were cancelled."""
    count = 0
    for _ in range(SLICES_A_SWEEP):
        with reading() as connection:
            which = being_stopped(connection)
        now = sum(_slice(batch_id) for batch_id in which)
        if not now:
            break
        count += now
    return count


def _slice(batch_id: str) -> int:
    return transact(lambda connection: stop_more(connection, batch_id)).cancelled
