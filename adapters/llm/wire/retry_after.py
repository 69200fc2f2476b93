"""How long a server asks us to wait, out of its headers.

RFC 9110 §10.2.3: `Retry-After` is seconds or an HTTP date; OpenAI and Azure also send `retry-after-ms`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_WAIT_S = 86_400.0  # a day; beyond it the operator should look, so the value is cut here


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, between 0 and a day, or None where the headers say nothing usable."""
    for header, unit_s in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        seconds = _number(headers.get(header, ""))
        if seconds is not None:
            return _bounded(seconds * unit_s)
    due = _date(headers.get("retry-after", ""))
    if due is None:
        return None
    # The server's own clock dated it, so its own `Date` is what to subtract; ours may be wrong.
    now = _date(headers.get("date", "")) or datetime.now(UTC)
    return _bounded((due - now).total_seconds())


def _number(value: str) -> float | None:
    try:
        seconds = float(value)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) else None


def _date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _bounded(seconds: float) -> float:
    return min(max(seconds, 0.0), LONGEST_WAIT_S)
