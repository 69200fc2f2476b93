"""How good the offline analysers of documents are on contracts that lawyers labelled; see local_quality."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from statistics import fmean

from analyses.evaluation import rouge_l, token_overlap
from analyses.local.gist import best, telling
from analyses.local.summary import central_sentences
from analyses.local.words import sentences
from analyses.training.gist import FILES
from bench.labelled import Figure, Row, answered, parts, rows

CONTRACTS, MERGERS = "documents/contracts_cuad.jsonl", "documents/merger_agreements.jsonl"
FREQUENT = 5  # positives that a category needs, to be counted in the macro-F1
# The nearest workstreams to CUAD's types of contract, written down before anything was measured.
NEAREST = {
    "Co Branding": "commercial", "Agency Agreements": "commercial insurance", "Manufacturing": "operations",
    "Hosting": "it", "Strategic Alliance": "commercial legal", "License Agreements": "ip",
    "Supply": "commercial operations", "IP": "ip", "Affiliate Agreement": "commercial", "Maintenance": "it",
    "Distributor": "commercial", "Outsourcing": "operations", "Transportation": "operations",
    "Joint Venture": "legal commercial", "Joint Venture Filing": "legal commercial", "Reseller": "commercial",
    "Consulting Agreements": "hr", "Development": "it ip", "Service": "operations", "Marketing": "commercial",
    "Franchise": "commercial", "Collaboration": "commercial legal", "Promotion": "commercial",
    "Endorsement": "commercial", "Sponsorship": "commercial",
}  # fmt: skip
BODY_FROM = 600  # characters in, behind a contract's title
RISKS, CLASSIFY, SUMMARIZE = "document.extract_risks", "document.classify", "document.summarize"
Counts = tuple[int, int, int]  # right, false, missed


def kind(category: str) -> str:
    """CUAD's name of a category as ours: "Rofr/Rofo/Rofn" is rofr_rofo_rofn."""
    return re.sub(r"\W+", "_", category).lower()


def f1(counts: Counts) -> float:
    right, false, missed = counts
    return 2 * right / (2 * right + false + missed) if right else 0.0


def risk_presence() -> Iterator[Figure]:
    everything = [row["label"]["risk_present"] for row in rows(CONTRACTS)]
    frequent = [one for one in everything[0] if sum(label[one] for label in everything) >= FREQUENT]
    for part, some in parts(CONTRACTS):
        found = [{one.clause for one in answered(RISKS, row).risks} for row in some]
        counts = {category: _counts(category, some, found) for category in everything[0]}
        macro = fmean(f1(counts[category]) for category in frequent)
        note = f"{len(frequent)} categories with at least {FREQUENT} positives in all"
        yield Figure(RISKS, f"CUAD risk presence, macro F1, {part}", len(some), macro, note)
        right, false, missed = (sum(count[place] for count in counts.values()) for place in range(3))
        micro = f1((right, false, missed))
        yield Figure(RISKS, f"CUAD risk presence, micro F1, {part}", len(some), micro, "33 categories")


def _counts(category: str, some: list[Row], found: list[set[str]]) -> Counts:
    pairs = [
        (row["label"]["risk_present"][category], kind(category) in kinds)
        for row, kinds in zip(some, found, strict=True)
    ]
    return pairs.count((True, True)), pairs.count((False, True)), pairs.count((True, False))


def evidence() -> Iterator[Figure]:
    for part, some in parts(CONTRACTS):
        each, whole = [], []
        for row in some:
            risks = answered(RISKS, row).risks
            gold = {one: row["label"]["clauses"][one]["clauses"] for one in row["label"]["risk_present"]}
            ours = {one: [risk.quote for risk in risks if risk.clause == kind(one)] for one in gold}
            each += [token_overlap(ours[one], gold[one]).f1 for one in gold if ours[one] and gold[one]]
            whole.append(token_overlap(list(chain(*ours.values())), list(chain(*gold.values()))).f1)
        note = "of the words of clauses that both have"
        yield Figure(RISKS, f"evidence of CUAD clauses found, F1, {part}", len(each), fmean(each), note)
        note = "what is missed and what is false count, too"
        yield Figure(RISKS, f"evidence of a contract, F1, {part}", len(some), fmean(whole), note)


def workstreams() -> Iterator[Figure]:
    for part, some in parts(CONTRACTS):
        right = [NEAREST[row["label"]["contract_type"]].split() for row in some]
        for how, shown in (
            ("with title", some),
            ("body only", [{"text": row["text"][BODY_FROM:]} for row in some]),
        ):
            answers = [answered(CLASSIFY, row) for row in shown]
            pairs = list(zip(answers, right, strict=True))
            first = fmean(one.workstream in near for one, near in pairs)
            either = fmean(one.workstream in near or one.runner_up in near for one, near in pairs)
            note = "CUAD contract types, our mapping"
            yield Figure(CLASSIFY, f"nearest workstream, {how}, {part}", len(some), first, note)
            yield Figure(CLASSIFY, f"– or the runner-up, {how}, {part}", len(some), either, note)


def summaries() -> Iterator[Figure]:
    chosen: dict[str, Callable[[str, str], str]] = {
        SUMMARIZE: lambda title, text: " ".join(one.text for one in best(telling(title, text), 1)),
        "first sentence": lambda _, text: sentences(text)[0].text,
        "SumBasic": lambda title, text: " ".join(central_sentences(title, text, 1)),
    }
    for file, key in FILES.items():
        *_, (part, held) = parts(file)
        some = [row for row in held if (row.get("label") or {}).get(key)]
        for name, choose in chosen.items():
            scores = [rouge_l(choose(row["title"] or "", row["text"]), *row["label"][key]).f1 for row in some]
            what = f"ROUGE-L F1 of one sentence, {Path(file).stem}, {part}"
            yield Figure(name, what, len(some), fmean(scores), "")


def merger_agreements() -> Iterator[Figure]:
    for row in rows(MERGERS):
        for analysis in (RISKS, CLASSIFY, SUMMARIZE):
            answered(analysis, row)  # loads the lists
            start = time.process_time()
            answered(analysis, row)
            spent_ms = (time.process_time() - start) * 1_000
            note = f"{len(row['text']):,} characters"
            yield Figure(analysis, "ms of CPU for a merger agreement", 1, spent_ms, note)


MEASURES = [risk_presence, evidence, workstreams, summaries, merger_agreements]
