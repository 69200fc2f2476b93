"""Measures of documents: contracts and summaries."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean
from typing import Any

from analyses.evaluation import token_overlap
from analyses.training.split import held_out
from bench.quality import baselines
from bench.quality.measure import (
    ALL,
    HELD_OUT,
    Case,
    Measure,
    Result,
    Row,
    Special,
    answered,
    licences,
    rows_of,
    single,
)

CONTRACTS = "documents/contracts_cuad.jsonl"
CUAD = "CUAD v1 (The Atticus Project 2021)"
LEAD = ("the first two sentences", baselines.first_sentences)
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
COMMONEST = "commercial"
BODY_FROM_CHARS = 600  # where a contract's title is over
FREQUENT = 5


def _name(category: str) -> str:
    """A category of CUAD in the form of our names of clauses: "Cap On Liability" is cap_on_liability."""
    return re.sub(r"[^a-z0-9]+", "_", category.lower()).strip("_")


def _present(row: Row) -> list[str]:
    """The categories that lawyers marked in a contract, of those that five of all the contracts have."""
    often = {
        name
        for name in row["label"]["risk_present"]
        if sum(one["label"]["risk_present"][name] for one in rows_of(CONTRACTS)) >= FREQUENT
    }
    return [_name(name) for name in often if row["label"]["risk_present"][name]]


def _summary(answer: Any) -> str:
    return str(answer.summary)


def _risks(split: str, note: str) -> Measure:
    return Measure(
        theme="Documents",
        name="risks of contracts: presence of 11 frequent categories",
        analysis="document.extract_risks",
        files=(CONTRACTS,),
        data=CUAD,
        metric="categories",
        figure="macro_f1",
        cases=single(_present),
        found=lambda answer: [one.clause for one in answer.risks],
        baseline=("every category, always", baselines.every_category),
        bar=0.55,
        split=split,
        note=note,
    )


def evidence() -> list[Result]:
    """Of the clauses that we and lawyers found: how far the words of the quotes are the same."""
    rows, scores = [row for row in rows_of(CONTRACTS) if held_out(row["id"])], []
    for row in rows:
        quotes: dict[str, list[str]] = {}
        for risk in answered("document.extract_risks", Case(row, None, row)).risks:
            quotes.setdefault(risk.clause, []).append(risk.quote)
        for category in row["label"]["risk_present"]:
            gold, ours = row["label"]["clauses"][category]["clauses"], quotes.get(_name(category), [])
            scores += [token_overlap(ours, gold).f1] if gold and ours else []
    note = "by words; only clauses that both have; rows are clauses"
    told = _result("quotes of the clauses found, against lawyers'", "document.extract_risks", scores)
    return [replace(told, figure="f1", baseline="–", note=note)]


def workstreams() -> list[Result]:
    """Whether the workstream is one of those nearest to the type of contract, with its title and without."""
    rows = [row for row in rows_of(CONTRACTS) if held_out(row["id"])]
    near = [NEAREST[row["label"]["contract_type"]].split() for row in rows]
    shown = {"": rows, ", title cut off": [{"text": row["text"][BODY_FROM_CHARS:]} for row in rows]}
    results = []
    for how, contents in shown.items():
        found = [answered("document.classify", Case(content, None, {})) for content in contents]
        right = [one.workstream in wanted for one, wanted in zip(found, near, strict=True)]
        told = _result(f"workstream, by the type of contract{how}", "document.classify", right)
        results.append(replace(told, baseline_value=fmean(COMMONEST in wanted for wanted in near)))
    return results


def _result(measure: str, analysis: str, scores: Sequence[float]) -> Result:
    return Result(
        theme="Documents",
        measure=measure,
        analysis=analysis,
        data=CUAD,
        licence=licences(rows_of(CONTRACTS)),
        rows=len(scores),
        split=HELD_OUT,
        figure="accuracy",
        baseline="commercial always",
        baseline_value=None,
        value=fmean(scores),
        note="nearest public label, mapped by hand before anything was measured",
    )


MEASURES: list[Measure | Special] = [
    _risks(HELD_OUT, "categories that five of all contracts have"),
    _risks(ALL, "the test half and the other one together"),
    Special("Documents", "evidence of clauses", "document.extract_risks", evidence),
    Special("Documents", "workstream by type of contract", "document.classify", workstreams),
    Measure(
        theme="Documents",
        name="summaries against people's, abstracts of papers",
        analysis="document.summarize",
        files=("stories/ai_paper_tldr.jsonl",),
        data="SciTLDR (Cachola et al. 2020)",
        metric="summary",
        figure="f1",
        cases=single(lambda row: row["label"]["tldrs"]),
        found=_summary,
        baseline=LEAD,
        note="ROUGE-L, the best of several; people's are one sentence",
    ),
    Measure(
        theme="Documents",
        name="summaries against people's, news",
        analysis="document.summarize",
        files=("stories/tech_stories.jsonl",),
        data="Wikinews of the GUM corpus",
        metric="summary",
        figure="f1",
        cases=single(lambda row: row["label"]["human_summaries"]),
        found=_summary,
        baseline=LEAD,
        note="ROUGE-L, the best of several",
        takes=lambda row: bool((row.get("label") or {}).get("human_summaries")),
    ),
]
