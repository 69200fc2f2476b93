"""Measures of tools and of reflections."""

from __future__ import annotations

from typing import Any

from analyses.training.maturity import STAGES
from bench.quality import baselines
from bench.quality.measure import Measure, Row, single

CNCF, PYPI = STAGES
PERMISSIVE = "MIT, BSD, Apache: each package's own"
LENGTH = ("length of the text", baselines.length)


def _maturity(answer: Any) -> float:
    return float(answer.maturity_score)


def _stage(row: Row) -> float | None:
    """How far its project says, or its package states, that it has come, on the scale of the training."""
    told = row["label"]["maturity"]
    return next((stages[told] for stages in STAGES.values() if told in stages), None)


def _tools(name: str, files: tuple[str, ...], data: str, licence: str, note: str = "") -> Measure:
    return Measure(
        theme="Tools and reflections",
        name=f"maturity of {name}",
        analysis="tool.analyze",
        files=files,
        data=data,
        metric="number",
        figure="spearman",
        cases=single(_stage),
        found=_maturity,
        baseline=LENGTH,
        bar=0.35,
        note=note,
        licence=licence,
        takes=lambda row: _stage(row) is not None,
    )


MEASURES = [
    _tools(
        "tools, both sets",
        (CNCF, PYPI),
        "CNCF landscape and PyPI metadata",
        f"Apache-2.0; {PERMISSIVE}",
        "in part it tells the sets apart",
    ),
    _tools("projects, by one or two lines", (CNCF,), "CNCF landscape", "Apache-2.0"),
    _tools("Python packages, by README", (PYPI,), "PyPI metadata", PERMISSIVE),
    Measure(
        theme="Tools and reflections",
        name="prompts: attacks above ordinary ones",
        analysis="prompt.analyze",
        files=("prompts/injections.jsonl", "prompts/prompts.jsonl"),
        data="CyberSecEval, BIPIA, garak; prompts.chat, fabric, MT-Bench, Arena-Hard",
        metric="auc",
        figure="auc",
        cases=single(lambda row: row["label"]["injection"]),
        found=lambda answer: -answer.safety_score,
        baseline=LENGTH,
        note="half of the attacks are harmless requests, attacks only by where they stand",
    ),
    Measure(
        theme="Tools and reflections",
        name="reactions to news: a black mood against stated distress",
        analysis="reflection.process",
        files=("reflections/reactions_empathy_distress.jsonl",),
        data="Empathic Reactions (Buechel et al. 2018)",
        metric="number",
        figure="spearman",
        cases=single(lambda row: row["label"]["distress"]),
        found=lambda answer: -answer.score,
        baseline=LENGTH,
    ),
    Measure(
        theme="Tools and reflections",
        name="what a sentence of a journal does, of nine kinds",
        analysis="reflection.process",
        files=("reflections/reflective_journal_sentences.jsonl",),
        data="CEReD (Štefánik & Nehyba 2021)",
        metric="label",
        figure="macro_f1",
        cases=single(lambda row: row["label"]["reflection_type"]),
        found=lambda answer: answer.mainly,
        baseline=("the commonest kind", baselines.commonest),
    ),
]
