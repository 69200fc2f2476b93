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
from analyses.document_classify import Classified, DocumentClassify
from analyses.document_extract_risks import Risk, Risks
from analyses.document_summarize import SUMMARY_CHARS, DocumentSummarize, DocumentSummary
from analyses.local.clauses import Category, find_clauses, kinds
from analyses.local.linear import load
from analyses.local.sections import outline
from analyses.local.workstreams import NAMED, Workstream
from errors import InvalidInput

SHARED = Path(os.environ.get("GRISTMILL_SHARED", Path(__file__).resolve().parents[3] / "shared"))
DOCUMENTS = SHARED / "data" / "documents"
LOCAL_BOUND_S = 2.0
RISKS = get_analysis("document.extract_risks")
ALL = [RISKS, get_analysis("document.classify"), get_analysis("document.summarize")]
CLASSIFY, SUMMARIZE = DocumentClassify(), DocumentSummarize()

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
        answer, *others = [one.local(content) for one in ALL]
        assert time.process_time() - start < LOCAL_BOUND_S
        assert RISKS.without_false_quotes(answer, content) == answer
        assert SUMMARIZE.without_false_quotes(others[1], content) == others[1]
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
    for analysis in ALL:
        start = time.process_time()
        answer = analysis.local(content)
        assert time.process_time() - start < LOCAL_BOUND_S
        assert all(analysis.summary(answer).values())
        assert analysis.validate_answer(answer.model_dump_json(), content) == answer


@pytest.mark.parametrize(
    ("title", "text", "workstream"),
    [
        (
            "Articles of Association",
            "The shareholders elect the directors. A merger needs two thirds.",
            "legal",
        ),
        (
            "Annual report",
            "Revenue was 12 million, EBITDA 3 million; the balance sheet shows net debt.",
            "financial",
        ),
        (None, "The tax authority opened a tax audit of the VAT and the income tax of 2024.", "tax"),
        (
            "Distribution agreement",
            "The distributor sells the products to customers in its territory.",
            "commercial",
        ),
        (
            "Warehouse lease",
            "The landlord lets the warehouse to the tenant. Freight is unloaded at the plant.",
            "operations",
        ),
        ("Employment agreement", "The employee receives a salary, a bonus and 25 days of vacation.", "hr"),
        (
            "Penetration test",
            "The servers run old software; backups of the database are not encrypted.",
            "it",
        ),
        ("Patent assignment", "The inventor assigns the patent application and the trademark.", "ip"),
        (
            None,
            "Regulatory approval by the competition authority; export control and compliance.",
            "regulatory",
        ),
        (
            "Phase I",
            "Groundwater contamination and asbestos were found; remediation of the soil is due.",
            "environmental",
        ),
        (
            "Policy",
            "The insurer covers the insured up to the coverage limit; premium and deductible are paid.",
            "insurance",
        ),
        ("Poem", "Roses are red, violets are blue, the mill wheel turns and so do you.", "other"),
    ],
)
def test_a_document_goes_to_the_workstream_of_its_subject(
    title: str | None, text: str, workstream: Workstream
) -> None:
    content = Document(title=title, text=text)
    answer = CLASSIFY.local(content)
    assert answer.workstream == workstream
    assert answer.runner_up != workstream
    sums = {answer.workstream: 0.0, answer.runner_up: 0.0}
    for factor in CLASSIFY.explain(content):
        sums[factor.score] += factor.contribution
    assert workstream == "other" or sums[answer.workstream] >= sums[answer.runner_up]


def test_a_file_s_name_counts_and_another_language_lowers_confidence() -> None:
    plain = "The parties agree as follows. The fee is paid monthly."
    named = CLASSIFY.local(Document(text=plain, file_name="Patent_license-agreement.pdf"))
    assert named.workstream == "ip"
    english = CLASSIFY.local(Document(text="The patent and the trademark are licensed to us and it is good."))
    german = CLASSIFY.local(
        Document(text="Das Patent und die Marke sind lizenziert, patent und trademark ist es.")
    )
    assert german.confidence < english.confidence


def test_the_parts_of_a_document_vote_on_its_workstream_and_the_first_counts_twice() -> None:
    def voted(*votes: tuple[Workstream, float]) -> Classified:
        answers = [
            Classified(workstream=one, runner_up="other", reason=f"for {one}", confidence=sure)
            for one, sure in votes
        ]
        return CLASSIFY.merge(Document(text="x"), answers)

    assert voted(("ip", 0.5), ("it", 0.6)).workstream == "ip"
    assert voted(("ip", 0.3), ("it", 0.6), ("it", 0.6)).workstream == "it"
    merged = voted(("ip", 0.6), ("ip", 0.4), ("it", 0.5))
    assert (merged.workstream, merged.reason, merged.confidence) == ("ip", "for ip", 0.4)
    assert set(NAMED) < set(get_args(Workstream))


REPORT = (
    "This memo reports on the water mill in Halm. Water has turned it for three hundred years, as all know. "
    "We propose to buy the mill for 1.2 million euros before 1 March. "
    "In witness whereof the parties have signed in two counterparts. "
) + "The weather was mild and the ducks were many on that day. " * 3


def test_a_summary_is_made_of_the_document_s_own_telling_sentences() -> None:
    answer = SUMMARIZE.local(Document(text=REPORT))
    assert answer.summary == "We propose to buy the mill for 1.2 million euros before 1 March."
    assert len(answer.key_points) == 2
    assert all(one.quote in REPORT for one in answer.key_points)
    longer = SUMMARIZE.local(
        Document(title="Mill in Halm", text=REPORT + "Ducks, again, were counted. " * 100)
    )
    assert len(longer.summary) > len(answer.summary)


def test_sentences_from_the_far_end_of_a_long_report_can_be_key_points() -> None:
    filler = "\n".join(
        f"{number}. Sheds\nShed {number} is painted green, like so many." for number in range(1, 900)
    )
    text = f"{filler}\n900. Risk\nThe closing must be approved, or revenue of 4 million is due back.\n"
    answer = SUMMARIZE.local(Document(title="Closing revenue risk", text=text))
    assert any("4 million" in one.quote and one.section == "900. Risk" for one in answer.key_points)


def test_a_sentence_s_score_is_explained_by_its_features() -> None:
    content = Document(title="Mill in Halm", text=REPORT)
    sums: dict[str, float] = {}
    for factor in SUMMARIZE.explain(content):
        assert factor.value * factor.weight == pytest.approx(factor.contribution)
        sums[factor.score] = sums.get(factor.score, 0.0) + factor.contribution
    assert list(sums.values()) == sorted(sums.values(), reverse=True)
    assert {factor.feature for factor in SUMMARIZE.explain(content)} <= set(load("gist").weights)


def test_a_text_without_a_sentence_is_summed_up_by_its_beginning_with_little_confidence() -> None:
    answer = SUMMARIZE.local(Document(text="apples 3\npears 4\n" * 200))
    assert answer.summary.startswith("apples 3 pears 4")
    assert answer.key_points == []
    assert answer.confidence == 0.1


def test_summaries_of_parts_are_joined_and_condensed_only_when_they_are_too_long() -> None:
    def part(name: str, sentences: int) -> DocumentSummary:
        points = [{"point": f"{name} {n}", "quote": "", "section": ""} for n in range(8)]
        told = " ".join(
            f"The {name} part number {n} says something of its own about {name}{n}." for n in range(sentences)
        )
        return DocumentSummary.model_validate({"summary": told, "key_points": points, "confidence": 0.8})

    document = Document(text="x", title="parts")
    short = SUMMARIZE.merge(document, [part("first", 1), part("second", 1)])
    assert short.summary.split("\n")[0].startswith("The first part")
    assert [one.point for one in short.key_points][:4] == ["first 0", "second 0", "first 1", "second 1"]
    assert (len(short.key_points), short.confidence) == (12, pytest.approx(0.72))
    long = SUMMARIZE.merge(document, [part("first", 20), part("second", 20)])
    assert 200 < len(long.summary) <= SUMMARY_CHARS
    assert all(
        line in part("first", 20).summary + part("second", 20).summary
        for line in long.summary.split(". ")[:1]
    )


def test_a_key_point_with_a_false_quote_keeps_its_point_and_costs_confidence() -> None:
    point = {"point": "p", "quote": "We propose to sell the mill", "section": ""}
    raw = json.dumps({"summary": "s", "key_points": [point], "confidence": 0.8})
    answer = SUMMARIZE.validate_answer(raw, Document(text=REPORT))
    assert (answer.key_points[0].point, answer.key_points[0].quote, answer.confidence) == ("p", "", 0.4)
