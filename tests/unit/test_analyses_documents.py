"""The analyses of documents, on whole merger agreements and contracts as filed, and on texts made to hurt."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from analyses import get_analysis
from analyses.contents import DOCUMENT_CHARS, Document
from analyses.document_extract_risks import Risk, Risks
from analyses.local.clauses import Category, find_clauses, kinds
from analyses.local.sections import outline
from errors import InvalidInput

SHARED = Path(os.environ.get("GRISTMILL_SHARED", Path(__file__).resolve().parents[3] / "shared"))
DOCUMENTS = SHARED / "data" / "documents"
LOCAL_BOUND_S = 2.0
RISKS = get_analysis("document.extract_risks")

SUPPLY = """SUPPLY AGREEMENT

1. Term
Either party may terminate this Agreement at any time without cause upon thirty days' notice.

2. Assignment
The Supplier shall not assign this Agreement without the prior written consent of the Buyer.

3. Liability
In no event shall the Supplier's total liability exceed the fees paid in the last twelve months.
"""
MEMO = (
    "The company is defending a lawsuit filed by a former distributor. One customer accounts for 61% of "
    "revenue. In March attackers gained unauthorized access to customer data. The auditors expressed doubt "
    "about its ability to continue as a going concern. The CFO resigned in May."
)


def rows(name: str) -> Iterator[dict[str, Any]]:
    path = DOCUMENTS / name
    if not path.exists():
        pytest.skip(f"{name} is not there; it is not part of the product")
    with path.open(encoding="utf-8", newline="\n") as lines:
        yield from (json.loads(line) for line in lines)


def risks(text: str) -> Risks:
    answer = RISKS.local(RISKS.parse_content({"text": text}))
    assert isinstance(answer, Risks)
    return answer


def test_a_document_is_longer_than_other_texts_and_bounded() -> None:
    assert len(RISKS.parse_content({"text": "x" * DOCUMENT_CHARS}).text) == DOCUMENT_CHARS
    with pytest.raises(InvalidInput, match="the limit is 2,000,000"):
        RISKS.parse_content({"text": "x" * (DOCUMENT_CHARS + 1)})
    with pytest.raises(InvalidInput, match="file_name has 256"):
        RISKS.parse_content({"text": "x", "file_name": "f" * 256})


def test_a_part_knows_where_it_starts_and_the_parts_are_the_whole() -> None:
    whole = Document(text="First part. " * 50, title="Deed")
    parts = whole.parts(100)
    assert "".join(part.text for part in parts) == whole.text
    assert all(whole.text.startswith(part.text, part.offset_chars) for part in parts)
    assert [part.title for part in parts] == ["Deed"] * len(parts)
    assert parts[1].parts(40)[1].offset_chars > parts[1].offset_chars
    assert whole.parts(10_000) == [whole]


def test_headings_of_contracts_are_found_and_their_abbreviations_are_not() -> None:
    text = (
        "ARTICLE IV\nTHE MERGER\nGAAP\nSection 4.02\n. Equity Awards.\n12. Term of lease.\nIn 2020. The\n"
        "# Annex\n"
    )
    assert outline(text).labels == [
        "ARTICLE IV THE MERGER",
        "Section 4.02 Equity Awards",
        "12. Term of lease",
        "Annex",
    ]
    assert outline(text).at(len(text)) == "Annex"
    assert outline("no heading").at(3) == ""


def test_clauses_of_a_contract_are_found_with_their_place_and_category() -> None:
    found = {one.clause: one for one in risks(SUPPLY).risks}
    assert set(found) == {"termination_for_convenience", "anti_assignment", "cap_on_liability"}
    assert found["anti_assignment"].category == "assignment"
    assert found["anti_assignment"].location.section == "2. Assignment"
    assert found["termination_for_convenience"].severity == "high"
    for one in found.values():
        assert SUPPLY[one.location.start_chars : one.location.end_chars] == one.quote


def test_facts_in_a_memo_are_found_gravest_first() -> None:
    found = risks(MEMO).risks
    assert {one.clause for one in found} >= {
        "litigation", "customer_concentration", "data_breach", "going_concern", "key_people",
    }  # fmt: skip
    assert [one.severity for one in found][:2] == ["critical", "critical"]


@pytest.mark.parametrize(
    "text",
    [
        "The agreement is non-exclusive and may be assigned freely by either party to anybody at all.",
        "There is no pending litigation, and neither the Company nor any Subsidiary is under investigation.",
        "“ Data Breach ” means any unauthorized access to data. The weather was fine in the going concern.",
        "Nothing here confers third party beneficiary rights.",
    ],
)
def test_what_is_denied_or_defined_is_no_risk(text: str) -> None:
    assert risks(text).risks == []


def test_a_one_sided_clause_is_graver_than_a_mutual_or_softened_one() -> None:
    harsh = find_clauses(
        "Buyer may terminate this Agreement at any time in its sole discretion without cause."
    )
    mild = find_clauses(
        "The parties may not assign this Agreement without consent, not to be unreasonably withheld."
    )
    plain = find_clauses("The Tenant may not assign this Agreement without consent of the Owner.")
    assert harsh[0].grade > harsh[0].kind.grade
    assert mild[0].grade < plain[0].grade


def test_the_grades_are_explained_by_their_factors() -> None:
    clauses = find_clauses(SUPPLY)
    sums: dict[str, float] = {}
    for factor in RISKS.explain(RISKS.parse_content({"text": SUPPLY})):
        sums[factor.score] = sums.get(factor.score, 0.0) + factor.contribution
    assert [round(total, 6) for total in sums.values()] == [round(one.grade, 6) for one in clauses]


def test_the_kinds_are_well_formed_and_each_can_be_found() -> None:
    assert len({kind.name for kind in kinds()}) == len(kinds()) > 50
    for kind in kinds():
        assert kind.category in get_args(Category)
        assert 0.5 <= kind.grade <= 4
        assert kind.why.endswith(".")
        assert kind.finds
        assert all(" " not in word and word == word.lower() for word, _ in kind.finds)


@pytest.mark.parametrize("name", ["contracts_cuad.jsonl", "merger_agreements.jsonl"])
def test_every_contract_as_filed_has_risks_whose_quotes_stand_where_they_are_said_to(name: str) -> None:
    for row in rows(name):
        content = RISKS.parse_content(row)
        start = time.process_time()
        answer = RISKS.local(content)
        assert time.process_time() - start < LOCAL_BOUND_S
        assert RISKS.without_false_quotes(answer, content) == answer
        for one in answer.risks:
            assert content.text[one.location.start_chars : one.location.end_chars] == one.quote
        assert all(RISKS.summary(answer).values())


def test_a_merger_agreement_in_parts_gives_the_risks_of_the_whole_each_once() -> None:
    for row in rows("merger_agreements.jsonl"):
        content = RISKS.parse_content(row)
        parts = RISKS.parts(content, 40_000)
        assert len(parts) > 4
        merged = RISKS.merge(content, [RISKS.local(part) for part in parts])
        places = [(one.clause, one.location.start_chars) for one in merged.risks]
        assert len(set(places)) == len(places)
        assert all(content.text.startswith(one.quote, one.location.start_chars) for one in merged.risks)
        whole = {one.clause for one in RISKS.local(content).risks}
        assert len(whole & {one.clause for one in merged.risks}) >= 0.8 * len(whole)


def told(quote: str, **changed: Any) -> dict[str, Any]:
    return {
        "category": "assignment", "clause": "anti_assignment", "severity": "low", "explanation": "e",
        "quote": quote, "location": {"section": "2"}, **changed,
    }  # fmt: skip


def test_a_model_s_false_quotes_are_dropped_and_lower_its_confidence() -> None:
    content = RISKS.parse_content({"text": SUPPLY})
    true, false = "The Supplier shall not assign this Agreement", "The Supplier may not assign this Agreement"
    raw = json.dumps({"risks": [told(true), told(false)], "confidence": 0.8})
    answer = RISKS.validate_answer(raw, content)
    assert [one.quote for one in answer.risks] == [true, ""]
    assert SUPPLY[answer.risks[0].location.start_chars :].startswith(true)
    assert answer.risks[1].location.end_chars == 0
    assert answer.confidence == pytest.approx(0.6)


def test_merging_keeps_the_graver_of_two_and_finds_the_second_of_equal_clauses() -> None:
    clause = "The Tenant may not assign this lease. "
    content = Document(text=f"A. {clause}{'Rent is due monthly. ' * 20}B. {clause}")
    first, second = content.parts(240)[0], content.parts(240)[-1]
    quote = clause.strip()
    one = RISKS.validate_answer(json.dumps({"risks": [told(quote)], "confidence": 0.5}), first)
    two = RISKS.validate_answer(
        json.dumps({"risks": [told(quote, severity="high")], "confidence": 0.7}), second
    )
    merged = RISKS.merge(content, [one, two])
    assert isinstance(merged.risks[0], Risk)
    assert [(r.severity, r.location.start_chars) for r in merged.risks] == [
        ("high", content.text.rindex(quote))
    ]
    assert merged.confidence == pytest.approx(0.6)


HOSTILE = ["x", "a ", "\n", "assign. ", "İ", "(", "terminat ", "1. ", "“ x ” means ", "\U0001f600"]


@pytest.mark.parametrize("unit", [*HOSTILE, "may not assign terminate license indemnify compete "])
def test_the_longest_document_is_read_in_time_whatever_it_is(unit: str) -> None:
    content = RISKS.parse_content({"text": (unit * DOCUMENT_CHARS)[: DOCUMENT_CHARS - 1] + "x"})
    start = time.process_time()
    RISKS.summary(RISKS.local(content))
    assert time.process_time() - start < LOCAL_BOUND_S
