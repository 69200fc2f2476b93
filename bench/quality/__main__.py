"""Measure everything: `python -m bench.quality [--json] [--write]`; `make quality` writes docs/quality.md."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict

from bench.quality import feelings, papers, safety, speed, stories, talk, tools
from bench.quality.measure import ROOT, Measure, Result, Special
from bench.quality.page import number, page

PAGE = ROOT / "docs/quality.md"
THEMES = (feelings, papers, talk, stories, tools, safety, speed)
ENTRIES: list[Measure | Special] = [entry for theme in THEMES for entry in theme.MEASURES]


def measured(word: str = "") -> Iterator[Result]:
    """The results of all entries, or of those in whose theme, name or analysis `word` stands.

    An entry whose data is not there is left out, and told of on stderr.
    """
    for entry in ENTRIES:
        if word.lower() not in f"{entry.theme} {entry.name} {entry.analysis}".lower():
            continue
        try:
            yield from entry.run()
        except FileNotFoundError as error:
            print(f"left out: {entry.name}, for {error.filename} is not there", file=sys.stderr)


def main() -> int:
    """0, or 1 where a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.quality", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one result a line")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.relative_to(ROOT)}")
    parser.add_argument("--only", default="", help="what has this word in its theme, name or analysis")
    options = parser.parse_args()
    results = []
    for one in measured(options.only):
        results.append(one)
        if options.json:
            print(json.dumps(asdict(one) | {"verdict": one.verdict}), flush=True)
        else:
            bar = "" if one.bar is None else f"bar {one.bar:g} {one.verdict}"
            told = f"{one.measure[:62]:<62} {one.rows:>5} {one.figure:<10}"
            print(f"{told} {number(one.baseline_value):>7} {number(one.value):>7}  {bar}", flush=True)
    if options.write and not options.only:
        PAGE.write_text(page(results), encoding="utf-8")
    return int(any(one.verdict == "missed" for one in results))


if __name__ == "__main__":
    sys.exit(main())
