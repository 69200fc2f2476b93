"""The supervisor: starts our processes, starts them again when they die, and stops them in good order.

It is told to look (`tend`) every so often by whoever holds it and has no thread of its own. Stopping
is bounded: what does not end within its time after SIGTERM is killed with all it forked.
"""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Sequence

from cli.children import Child, bound, stop_within_s

STRAGGLERS_WITHIN_S = 10.0  # for what a killed child had forked to end after their parent
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
STEADY_AFTER_S = 20.0  # a child that lived so long starts with a short pause again
LOOK_AT_LOGS_EVERY_S = 30.0
LOOK_EVERY_S = 0.05

Tell = Callable[[str], None]


class Supervisor:
    """Children in the order they start. `tell` gets a line for whatever a person should know."""

    def __init__(self, children: Sequence[Child], tell: Tell) -> None:
        self.children = list(children)
        self._tell = tell
        self._looked_at_logs_s = time.monotonic()

    def start(self) -> None:
        for child in self.children:
            child.start()

    def add(self, child: Child) -> None:
        """Start one more."""
        self.children.append(child)
        child.start()

    def tend(self) -> None:
        """Start again whoever died and whose pause is over; keep the logs small."""
        now = time.monotonic()
        for child in self.children:
            if not child.is_alive:
                self._revive(child, now)
        if now - self._looked_at_logs_s > LOOK_AT_LOGS_EVERY_S:
            self._looked_at_logs_s = now
            for log in {child.log for child in self.children if child.log}:
                bound(log)

    def stop(self, urgent: Callable[[], bool] = lambda: False) -> None:
        """SIGTERM to all at once; kill what is left when the time is up, or as soon as it is `urgent`."""
        for child in self.children:
            child.signal(signal.SIGTERM)
        deadline = time.monotonic() + stop_within_s()
        while any(child.is_alive for child in self.children) and time.monotonic() < deadline:
            if urgent():
                break
            time.sleep(LOOK_EVERY_S)
        for child in self.children:
            if child.is_alive:
                self._tell(f"{child.name} has not stopped in time and is killed; its jobs are taken up again")
        self.kill()

    def kill(self) -> None:
        """End everything at once; the database knows what was under way."""
        for child in self.children:
            child.signal_group(signal.SIGKILL)
            if child.process is not None:
                child.process.wait()

    def _revive(self, child: Child, now: float) -> None:
        if child.died_s is None:
            self._note_death(child, now)
        assert child.died_s is not None
        dead_s = now - child.died_s
        if dead_s < pause_s(child.quick_deaths):
            return
        if child.signal_group(0) and dead_s < STRAGGLERS_WITHIN_S:
            return  # what it forked is still finishing
        child.signal_group(signal.SIGKILL)
        child.start()

    def _note_death(self, child: Child, now: float) -> None:
        child.died_s = now
        child.quick_deaths = child.quick_deaths + 1 if now - child.started_s < STEADY_AFTER_S else 1
        if sys.platform != "linux":
            child.signal_group(signal.SIGTERM)  # on Linux the parent's death told them
        assert child.process is not None
        again = f"starting it again in {pause_s(child.quick_deaths):g} s"
        self._tell(f"{child.name} {ending(child.process.returncode)}; {again}" + _where(child))


def pause_s(quick_deaths: int) -> float:
    """How long to wait before a child that died so often in a row is started again."""
    return float(min(FIRST_PAUSE_S * 2 ** max(quick_deaths - 1, 0), LONGEST_PAUSE_S))


def ending(code: int) -> str:
    """An exit code in words."""
    if code >= 0:
        return f"ended with exit code {code}"
    return f"was killed by {signal.Signals(-code).name}"


def _where(child: Child) -> str:
    return f" ({child.log} says why)" if child.log else ""
