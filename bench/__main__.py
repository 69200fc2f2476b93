"""Everything that is measured, one JSON line each: `python -m bench [--smoke] [--only NAME] …`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass

from bench.admission import backlog
from bench.batches import completion, with_failures
from bench.calls import model_calls
from bench.engine import throughput
from bench.idle import latency
from bench.latency import over_http
from bench.memory import growth
from bench.submission import submitting

DATABASES = ("sqlite", "postgres")
SMOKE_LEAVES_OUT = ("failures", "calls", "memory")  # long, or waiting for peers that do not complete


@dataclass(frozen=True)
class Size:
    """How much of each is measured; the smoke shows that it runs, not what it measures."""

    jobs: int = 3_000
    members: int = 1_000
    calls: int = 6_000
    backlog: int = 100_000
    submitted: int = 10_000
    singles: int = 200
    lifetime: int = 50_000
    rounds: int = 3


SMOKE = Size(
    jobs=100, members=100, calls=200, backlog=2_000, submitted=500, singles=10, lifetime=500, rounds=1
)

Bench = Callable[[str, Size], dict[str, object]]
BENCHES: dict[str, Bench] = {
    "engine": lambda kind, size: throughput(kind, size.jobs, size.rounds),
    "batch": lambda kind, size: completion(kind, size.members, size.rounds),
    "failures": lambda kind, size: with_failures(kind, size.members),
    "calls": lambda kind, size: model_calls(kind, size.calls, size.rounds),
    "admission": lambda kind, size: backlog(kind, size.backlog),
    "submission": lambda kind, size: submitting(kind, size.submitted, size.rounds),
    "idle": lambda kind, size: latency(kind, size.singles, size.rounds),
    "memory": lambda kind, size: growth(kind, size.lifetime),
    "http": lambda kind, size: over_http(kind, size.singles),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--smoke", action="store_true", help="little of each: that it runs, not what it measures"
    )
    parser.add_argument("--only", choices=BENCHES, action="append", help="one of them; may be repeated")
    parser.add_argument("--database", choices=DATABASES, action="append")
    options = parser.parse_args()
    names = options.only or [name for name in BENCHES if not (options.smoke and name in SMOKE_LEAVES_OUT)]
    for name in names:
        for kind in options.database or DATABASES[: 1 if options.smoke else None]:
            result = BENCHES[name](kind, SMOKE if options.smoke else Size())
            print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
