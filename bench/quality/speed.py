"""What it takes: CPU of a thousand sentiments, import of the analyses; each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import asdict, dataclass

from bench.quality.measure import DATA, ROOT, Result, Special, licences, rows_of

MERGERS = "documents/merger_agreements.jsonl"
FILE = "reviews/sentiment_labelled_sentences.jsonl"
SENTIMENTS = """
import itertools, json, sys, time
from analyses import get_analysis
analysis = get_analysis("text.sentiment")
texts = [json.loads(line)["text"] for line in open(sys.argv[1], encoding="utf-8", newline="\\n")]
began = time.process_time()
for text in itertools.islice(itertools.cycle(texts), 1000):
    analysis.local(analysis.parse_content({"text": text}))
print(time.process_time() - began)
"""
AGREEMENT = """
import json, sys, time
from analyses import get_analysis
analysis = get_analysis("{analysis}")
row = json.loads(open(sys.argv[1], encoding="utf-8", newline="\\n").readline())
began = time.process_time()
analysis.local(analysis.parse_content(row))
print(time.process_time() - began)
"""
IMPORTED = "import time; began = time.process_time(); import analyses; analyses.all_analyses()\n"
IMPORTED += "print(time.process_time() - began)"


@dataclass(frozen=True)
class Timed:
    """What was timed, in the words of a result."""

    measure: str
    analysis: str
    data: str
    licence: str
    rows: int
    figure: str
    bar: float


RUNS = 3  # the best counts: what else the machine does only ever adds


def costs() -> list[Result]:
    """Seconds; the word lists are loaded within the first sentiment, so they are counted."""
    data = "UCI Sentiment Labelled Sentences (Kotzias et al. 2015)"
    rows = rows_of(FILE)
    thousand = Timed("1,000 local sentiments", "text.sentiment", data, licences(rows), 1_000, "s of CPU", 2.0)
    imported = Timed("import of all analyses", "–", "–", "–", 0, "s of CPU", 1.0)
    timed = [(thousand, SENTIMENTS, FILE), (imported, IMPORTED, FILE)]
    agreements = "Merger agreements (MarkupMnA, Rao et al. 2023)"
    for analysis in ("document.extract_risks", "document.classify", "document.summarize"):
        what = Timed(
            "a whole merger agreement", analysis, agreements, licences(rows_of(MERGERS)), 1, "s of CPU", 2.0
        )
        timed.append((what, AGREEMENT.format(analysis=analysis), MERGERS))
    return [_result(what, _best(code, file)) for what, code, file in timed]


def _best(code: str, file: str) -> float:
    command = [sys.executable, "-c", code, str(DATA / file)]
    told = [subprocess.check_output(command, cwd=ROOT, text=True) for _ in range(RUNS)]
    return min(float(one) for one in told)


def _result(what: Timed, value: float) -> Result:
    return Result(
        theme="Speed",
        split="–",
        baseline="–",
        baseline_value=None,
        value=value,
        lower_is_better=True,
        note=f"one process, best of {RUNS}; depends on the machine",
        **asdict(what),
    )


MEASURES = [Special("Speed", "speed", "", costs)]
