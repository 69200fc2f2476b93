"""The ground of one live test: a database, a home, a broker, the workers on them, and the faults."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from analyses import _registry, register
from pipelines import Batch, analyze_many
from tests.harness.broker import Broker
from tests.harness.environment import environment
from tests.harness.helpers import Helper
from tests.harness.proof import Held, held_by, open_now, transaction_is_stuck
from tests.harness.traces import RUNS, TRIVIAL
from tests.harness.workers import Workers

LEASE_MS = 2_000
SWEEP_MS = 300
CHANNEL = "file:ended.jsonl"


class Ground:
    """What a live test holds in its hands."""

    def __init__(self, home: Path, broker: Broker) -> None:
        self.home = home
        self.broker = broker
        self._workers: list[Workers] = []
        self._helpers: list[Helper] = []

    def workers(self, **options: Any) -> Workers:
        """Started workers; see `Workers` for the options. They end with the test."""
        made = Workers(self.home / f"workers-{len(self._workers)}.log", **options)
        self._workers.append(made)
        made.start()
        return made

    def helper(self, module: str, *arguments: str, **environment: str) -> Helper:
        """A started process of one of the harness's modules. It ends with the test."""
        log = self.home / f"{module.rpartition('.')[2]}.log"
        self._helpers.append(Helper(log, module, arguments, **environment))
        return self._helpers[-1]

    def submit(self, texts: Sequence[str], **options: Any) -> Batch:
        """A batch of `test.trivial` with these texts, submitted."""
        return analyze_many(TRIVIAL, [{"text": text} for text in texts], **options).submit()

    def wait_until(self, fact: Callable[[], Any], within_s: float = 20) -> Any:
        """Wait until `fact()` holds, looking often; gives what it gave."""
        deadline = time.monotonic() + within_s
        while not (held := fact()):
            assert time.monotonic() < deadline, f"did not come about in {within_s} s"
            time.sleep(0.01)
        return held

    def settle(self, within_s: float) -> None:
        """Wait until every job has ended."""
        deadline = time.monotonic() + within_s
        while left := open_now():
            assert time.monotonic() < deadline, f"{left} jobs had not ended after {within_s} s"
            time.sleep(0.1)

    def runs(self) -> Counter[str]:
        """How many times the work of each text was begun."""
        log = self.home / RUNS
        lines = log.read_text().splitlines() if log.exists() else []
        return Counter(line.partition(" ")[2] for line in lines)

    def bytes_in(self, name: str) -> int:
        file = self.home / name
        return file.stat().st_size if file.exists() else 0

    def kill_a_busy_one(self, workers: Workers) -> list[Held]:
        """kill -9 one worker process while it holds jobs; gives those jobs as they were at that moment."""
        pid, held = self.stop_a_busy_one(workers)
        workers.signal(pid, signal.SIGKILL)
        return held

    def stop_a_busy_one(self, workers: Workers, within_s: float = 20) -> tuple[int, list[Held]]:
        """SIGSTOP one worker process while it holds jobs; gives its process id and those jobs."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            for pid in workers.children():
                if not held_by(pid):
                    continue
                workers.signal(pid, signal.SIGSTOP)
                if held := held_by(pid):
                    return pid, held
                workers.signal(pid, signal.SIGCONT)
            time.sleep(0.005)
        raise AssertionError("no worker held a job, so the fault could not be made to fire")

    def stop_past_its_lease(self, workers: Workers) -> tuple[int, list[Held]]:
        """SIGSTOP a busy process that is not inside a transaction; one that is would hold all up."""
        for _ in range(50):
            pid, _ = self.stop_a_busy_one(workers)
            if not transaction_is_stuck() and (held := held_by(pid)):
                return pid, held  # what it had asked the database before it stopped is done by now
            workers.signal(pid, signal.SIGCONT)
        raise AssertionError("every stop fell into a transaction, or upon a worker that held nothing")

    def log_tails(self) -> list[tuple[str, str]]:
        return [(f"end of {one.log.name}", one.tail()) for one in [*self._workers, *self._helpers]]

    def close(self) -> None:
        for helper in self._helpers:
            helper.kill()
        for made in self._workers:
            made.stop()


@contextmanager
def standing(home: Path, broker: Broker) -> Iterator[Ground]:
    """A ground in the database that the environment names, with short leases; all ends with the block."""
    with environment(
        GRISTMILL_HOME=str(home),
        LEASE_MS=str(LEASE_MS),
        SWEEP_INTERVAL_MS=str(SWEEP_MS),
        WORKER_BACKOFF_DELAY="100",
    ):
        from tests.harness.trivial import Trivial

        register(Trivial())  # in this process, which submits
        broker.start()
        made = Ground(home, broker)
        try:
            yield made
        finally:
            made.close()
            broker.stop()
            _registry().pop(TRIVIAL)
