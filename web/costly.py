"""Costly: what takes the database long is asked for seldom; a twentieth of the time at the most."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

Found = TypeVar("Found")
LONG_S = 0.05  # quicker ones are asked for anew each time
REST = 20  # times as long as it took, an answer is given again
MOST = 1_000  # answers kept


class Costly(Generic[Found]):
    """`get(name, ask)` gives what `ask` found, or what it found a short while ago."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[float, Found]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, name: str, ask: Callable[[], Found]) -> Found:
        """One that took 0.3 s is up to 6 s old; what takes next to no time is always fresh."""
        began_s = time.monotonic()
        with self._lock:
            known = self._known.get(name)
        if known is not None and began_s < known[0]:
            return known[1]
        found = ask()
        now_s = time.monotonic()
        took_s = now_s - began_s
        with self._lock:
            self._known[name] = (now_s + REST * took_s if took_s > LONG_S else now_s, found)
            self._known.move_to_end(name)
            while len(self._known) > MOST:
                self._known.popitem(last=False)
        return found
