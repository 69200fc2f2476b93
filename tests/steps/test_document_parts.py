"""A contract that is longer than the model's context: asked about in parts, one answer about the whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines import analyze
from tests.harness.environment import environment
from tests.steps.driving import calls, drive, scripted

pytestmark = pytest.mark.usefixtures("database_url")

MODEL = "scripted/small"
USAGE = {"input_tokens": 10, "output_tokens": 5}
CLAUSE = "The Tenant shall not assign this lease without the written consent of the Owner."
FILLER = "\n\n".join(
    f"{number}. Sheds\nShed {number} is painted green, and its door is kept shut in storms."
    for number in range(1, 900)
)
CONTRACT = f"{FILLER}\n\n900. Assignment\n{CLAUSE}\n\n{FILLER}"
RISK = {
    "category": "assignment",
    "clause": "anti_assignment",
    "severity": "medium",
    "explanation": "Selling the shop by its assets needs the owner's consent.",
    "quote": CLAUSE,
    "location": {"section": "somewhere"},
}
FOUND = {"user_contains": CLAUSE, "reply": {"risks": [RISK], "confidence": 0.9}, "usage": USAGE}
NOTHING = {"reply": {"risks": [], "confidence": 0.5}, "usage": USAGE}


def test_a_clause_that_one_part_holds_has_its_place_in_the_whole_contract(home: Path) -> None:
    with (
        environment(MODEL_CONTEXTS='{"small": 24000}'),  # of which the answer may be 16,000
        scripted(home, FOUND, NOTHING) as journal,
    ):
        job = drive(analyze("document.extract_risks", {"text": CONTRACT}, model=MODEL).submit())
        assert job.state == "completed"
        assert calls(journal) > 2
    (risk,) = job.answer.risks
    assert risk.quote == CLAUSE
    assert risk.location.section == "900. Assignment"
    assert CONTRACT[risk.location.start_chars : risk.location.end_chars] == CLAUSE
    assert job.answer.confidence < 0.9
