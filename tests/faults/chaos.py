"""Chaos: every fault there is, one after the other as the dice fall, each counted when it has fired."""

from __future__ import annotations

import random
import signal
import threading
import time
from collections import Counter

from settings import get_settings
from tests.harness.databases import Databases
from tests.harness.ground import LEASE_MS, Ground
from tests.harness.helpers import Helper
from tests.harness.proof import Held
from tests.harness.traces import ACCEPTED, SWEEPS
from tests.harness.workers import Workers

SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 1.5


class Chaos:
    """`strike()` makes the next fault. `fired` counts what really happened, `lost` what was under way."""

    def __init__(
        self, ground: Ground, fleet: list[Workers], databases: Databases, dice: random.Random
    ) -> None:
        self.fired: Counter[str] = Counter()
        self.lost: list[Held] = []
        self._ground, self._fleet, self._databases, self._dice = ground, fleet, databases, dice
        self._sweeper: Helper = ground.helper("tests.harness.sweeper")
        self._producers: list[Helper] = []
        self._frozen: list[tuple[Workers, threading.Timer]] = []
        self._bag: list[str] = []

    def strike(self) -> None:
        """Wait a little, then make a fault; each kind comes once before any comes again."""
        time.sleep(self._dice.uniform(SHORTEST_PAUSE_S, LONGEST_PAUSE_S))
        if not self._bag:
            self._bag = sorted(self.kinds)
            self._dice.shuffle(self._bag)
        kind = self._bag.pop()
        getattr(self, kind)()

    @property
    def kinds(self) -> list[str]:
        """The names of the faults that this database allows."""
        everywhere = ["kill_a_worker", "wipe_the_broker", "kill_the_broker", "freeze_a_worker"]
        everywhere += ["kill_the_sweeper", "start_a_producer"]
        return everywhere if get_settings().is_sqlite else [*everywhere, "crash_the_database"]

    def kill_a_worker(self) -> None:
        self.lost += self._ground.kill_a_busy_one(self._one_that_runs())
        self.fired["workers killed"] += 1

    def wipe_the_broker(self) -> None:
        self.fired["messages wiped"] += self._ground.broker.wipe()
        self.fired["broker wiped"] += 1

    def kill_the_broker(self) -> None:
        self._ground.broker.kill()
        time.sleep(self._dice.uniform(0, 2))
        self._ground.broker.start()
        self.fired["broker killed"] += 1

    def freeze_a_worker(self) -> None:
        """SIGSTOP, and SIGCONT only when its leases are long over."""
        workers = self._one_that_runs()
        pid, held = self._ground.stop_past_its_lease(workers)
        timer = threading.Timer(2 * LEASE_MS / 1000, workers.signal, (pid, signal.SIGCONT))
        timer.start()
        self._frozen.append((workers, timer))
        self.lost += held
        self.fired["workers frozen"] += 1

    def _one_that_runs(self) -> Workers:
        frozen = [workers for workers, timer in self._frozen if timer.is_alive()]
        return self._dice.choice([workers for workers in self._fleet if workers not in frozen])

    def crash_the_database(self) -> None:
        self._databases.crash()
        self.fired["database crashed"] += 1

    def kill_the_sweeper(self) -> None:
        """kill -9, as likely as not in the middle of a sweep's transaction."""
        swept = self._ground.bytes_in(SWEEPS)
        self._ground.wait_until(lambda: self._ground.bytes_in(SWEEPS) > swept + 4)
        assert self._sweeper.is_alive
        self._sweeper.kill()
        self.fired["sweepers killed"] += 1
        self.fired["in mid-sweep"] += (self._ground.home / SWEEPS).read_text().endswith("(")
        self._sweeper = self._ground.helper("tests.harness.sweeper")

    def start_a_producer(self) -> None:
        """It submits until it kills itself between a commit and the sending of its messages."""
        name = f"producer {len(self._producers)}"
        self._producers.append(self._ground.helper("tests.harness.producer", name))

    def stop(self, within_s: float = 60) -> None:
        """No more faults; what stands still goes on."""
        for _, timer in self._frozen:
            timer.join()
        self._sweeper.kill()
        deadline = time.monotonic() + within_s
        for producer in self._producers:
            died = producer.was_killed(max(deadline - time.monotonic(), 1))
            assert died, f"a producer did not die in the place of a sending:\n{producer.tail()}"
            self.fired["producers killed"] += 1

    def accepted(self) -> list[str]:
        """The ids of the jobs that the producers were told were accepted."""
        log = self._ground.home / ACCEPTED
        return log.read_text().split() if log.exists() else []
