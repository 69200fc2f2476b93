"""Downloads: a fetch in a process of its own, so that it ends the moment it is to, wherever it waits.

A look-up of a name blocks in C, and nothing but the end of its process stops that.
"""

from __future__ import annotations

import threading
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adapters.killable import run_killable

if TYPE_CHECKING:
    from adapters.safety.fetching import Fetched

MEMORY_MB = 500
GRACE_S = 5.0  # for the fetch to tell by itself that its time is over


def download(
    url: str,
    path: Path,
    *,
    javascript: bool = False,
    allow_private: bool = False,
    longest_s: float = float("inf"),
    cancelled: threading.Event | None = None,
) -> Fetched:
    """Write what is at `url` into a file; with `javascript`, what a browser makes of the page.

    It takes at most `longest_s`, and never longer than a fetch may. Raises as `fetch` and `browsing.render`
    do, and Cancelled soon after `cancelled` is set.
    """
    from adapters.safety import browsing
    from adapters.safety.fetching import LONGEST_S, Fetched, checked

    checked(url)
    if javascript:
        browsing.check()
    limit_s = min(longest_s, LONGEST_S)
    told = run_killable(
        _in_child,
        (url, str(path), javascript, allow_private, limit_s),
        limit_s=limit_s + GRACE_S,
        memory_mb=None if javascript else MEMORY_MB,  # a browser reserves terabytes that it never uses
        cancelled=cancelled,
    )
    return Fetched(**told)


def _in_child(url: str, path: str, javascript: bool, allow_private: bool, longest_s: float) -> dict[str, Any]:
    from adapters.safety import browsing
    from adapters.safety.fetching import fetch

    go = browsing.render if javascript else fetch
    with Path(path).open("wb") as into:
        return asdict(go(url, into, allow_private=allow_private, longest_s=longest_s))
