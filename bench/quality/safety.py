"""The measure of personal data: what redaction finds of the structured kinds."""

from __future__ import annotations

from collections import Counter

from adapters.safety.pii import find
from bench.quality.measure import ALL, Result, Special, licences, rows_of

FILE = "nasty/pii_synthetic_labelled.jsonl"
KINDS = {
    "EMAIL_ADDRESS": "EMAIL", "PHONE_NUMBER": "PHONE", "CREDIT_CARD": "CARD", "IBAN_CODE": "IBAN",
    "US_SSN": "ID", "IP_ADDRESS": "IP",
}  # fmt: skip
PLAIN = frozenset({"NAME"})  # what has no structure to be known by


def personal_data() -> list[Result]:
    """A labelled span is found if one of its kind covers it; a span of ours is right if it meets a label."""
    labelled, hit, claimed, right = (Counter[str]() for _ in range(4))
    for row in rows_of(FILE):
        gold = [(start, end, KINDS[kind]) for start, end, kind in row["label"]["spans"] if kind in KINDS]
        spans = [span for span in find(row["text"]) if span.kind not in PLAIN]
        labelled["all"] += len(gold)
        claimed["all"] += len(spans)
        for start, end, kind in gold:
            hit["all"] += any(s.kind == kind and s.start <= start and s.end >= end for s in spans)
        for s in spans:
            right["all"] += any(
                s.kind == kind and s.start < end and start < s.end for start, end, kind in gold
            )
    return [
        _result("recall", hit["all"] / labelled["all"], labelled["all"], 0.80),
        _result("precision", right["all"] / claimed["all"], claimed["all"], 0.90),
    ]


def _result(figure: str, value: float, count: int, bar: float) -> Result:
    return Result(
        theme="Safety",
        measure="personal data of structured kinds",
        analysis="redaction",
        data="presidio-research, synthetic",
        licence=licences(rows_of(FILE)),
        rows=count,
        split=ALL,
        figure=figure,
        baseline="–",
        baseline_value=None,
        value=value,
        bar=bar,
        note="rows are spans; the set was looked at while the finders were written",
    )


MEASURES = [Special("Safety", "personal data", "", personal_data)]
