"""Everything that is measured, one JSON line each: `python -m bench [--smoke] [--database sqlite]`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator

from bench.engine import compare
from bench.latency import over_http

DATABASES = ("sqlite", "postgres")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="few jobs: that it runs, not what it measures")
    parser.add_argument("--jobs", type=int, default=3_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--database", choices=DATABASES, action="append")
    options = parser.parse_args()
    if options.smoke:
        options.jobs, options.rounds = 100, 1
    for result in results(options):
        print(json.dumps(result), flush=True)


def results(options: argparse.Namespace) -> Iterator[dict[str, object]]:
    for kind in options.database or DATABASES:
        yield compare(kind, options.jobs, options.rounds)
        yield over_http(kind, 10 if options.smoke else 200)


if __name__ == "__main__":
    main()
