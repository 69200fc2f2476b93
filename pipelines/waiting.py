"""Why a job waits, asked as admission would decide it in this process."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from models.why import Waiting, why_waiting
from pipelines.away import stand_ins
from settings import get_settings


def why(connection: Connection, row: Any) -> Waiting | None:
    """What holds this row of `jobs`; None if it runs or has ended."""
    settings = get_settings()
    alive_ms = 2 * settings.lease_ms
    return why_waiting(connection, row, worker_alive_ms=alive_ms, stand_ins=stand_ins(settings))
